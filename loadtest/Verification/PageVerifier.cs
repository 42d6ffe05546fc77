using System.Text.Json;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Verification;

/// <summary>
/// Reads the grabbed packets from the service, page by page, when the ledger cannot be read. Only settled shares count
/// as recorded.
/// </summary>
internal sealed class PageVerifier(TargetApi api, PacketIds packets, Callers callers)
{
    private const int Parallelism = 16;

    /// <summary>Reads the settled shares of these packets.</summary>
    public async Task<IReadOnlyList<RecordedShare>> Read(IEnumerable<int> grabbed, CancellationToken stop)
    {
        var all = new List<RecordedShare>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = stop };
        await Parallel.ForEachAsync(grabbed, options, async (packet, cancellation) =>
        {
            var recorded = await ReadPacket(packet, cancellation);
            lock (all)
                all.AddRange(recorded);
        });
        return all;
    }

    private async Task<List<RecordedShare>> ReadPacket(int packet, CancellationToken stop)
    {
        var recorded = new List<RecordedShare>();
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
                    recorded.Add(new RecordedShare(packet, callers.Find(user), user, after, grab.GetProperty("amountFen").GetInt64()));
            }
        }
        while (page.Length == 100);
        return recorded;
    }

    private static bool IsSettled(JsonElement grab) => grab.GetProperty("settled").ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new TargetException("The service cannot read its ledger, so the shares cannot be compared. "
            + "Give --ledger, or run again when the ledger is back."),
    };
}
