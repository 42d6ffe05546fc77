using System.Text.Json;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Verification;

/// <summary>Where the ledger cannot be read: every packet that was grabbed, page by page, as the service shows it. Only what it calls settled counts as booked.</summary>
internal sealed class PageVerifier(TargetApi api, PacketIds packets, Callers callers)
{
    private const int AtOnce = 16;

    /// <summary>The settled shares of these packets.</summary>
    public async Task<IReadOnlyList<RecordedShare>> Read(IEnumerable<int> touched, CancellationToken stop)
    {
        var all = new List<RecordedShare>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop };
        await Parallel.ForEachAsync(touched, options, async (packet, cancellation) =>
        {
            var booked = await One(packet, cancellation);
            lock (all)
                all.AddRange(booked);
        });
        return all;
    }

    private async Task<List<RecordedShare>> One(int packet, CancellationToken stop)
    {
        var booked = new List<RecordedShare>();
        var after = 0;
        JsonElement[] page;
        do
        {
            using var document = await api.Packet(packets.IdText(packet)!, after, callers.Fields(0), stop);
            page = [.. document.RootElement.GetProperty("grabs").EnumerateArray()];
            foreach (var grab in page)
            {
                var user = grab.GetProperty("userId").GetString()!;
                after = grab.GetProperty("ordinal").GetInt32();
                if (IsSettled(grab))
                    booked.Add(new RecordedShare(packet, callers.Find(user), user, after, grab.GetProperty("amountFen").GetInt64()));
            }
        }
        while (page.Length == 100);
        return booked;
    }

    private static bool IsSettled(JsonElement grab) => grab.GetProperty("settled").ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new TargetException("The service cannot read its ledger, so what was won cannot be compared. Give --ledger, or ask again when the ledger is back."),
    };
}
