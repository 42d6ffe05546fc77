using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>Whether a packet was compared with the ledger since its gate was opened.</summary>
internal enum PacketCheck
{
    Checked,

    /// <summary>Neither side has it.</summary>
    Unknown,

    /// <summary>
    /// Not yet. Redis may tell the past, or not have it any more. The walk compares it before the others now.
    /// </summary>
    Unchecked,
}

/// <summary>
/// Asks before something is believed of a packet whether it was compared since its gate was opened (PROTOCOL 4.7).
/// </summary>
internal sealed class PacketChecks(ScriptRunner scripts, IOptions<HoldOptions> hold, TimeProvider clock)
{
    /// <summary>How often a caller who waits for a packet asks again.</summary>
    public static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(50);

    public static OutageException NotYet(string packetId) =>
        new(Outage.Gate, $"Packet {packetId} is being compared with the ledger. Ask again in a moment.");

    /// <summary>
    /// One answer per packet of the shard, in their order. Waits for a shard that is away for a moment.
    /// </summary>
    /// <exception cref="OutageException">The shard stays shut or away.</exception>
    public async Task<PacketCheck[]> Of(int shard, IReadOnlyList<string> packetIds)
    {
        if (packetIds.Count == 0)
            return [];
        var answers = await scripts.Ask(MoneyScript.Peek, shard,
            [PacketKeys.Meta(shard), PacketKeys.Wanted(shard), .. packetIds.Select(id => PacketKeys.Packet(shard, id))],
            [.. packetIds.Select(id => (RedisValue)id)]);
        return [.. packetIds.Select((_, index) => (string?)answers[index] switch
        {
            "checked" => PacketCheck.Checked,
            "unknown" => PacketCheck.Unknown,
            MoneyScript.Unchecked => PacketCheck.Unchecked,
            var word => throw MoneyScript.Peek.Unknown(word),
        })];
    }

    /// <summary>Waits for a packet that is compared soon.</summary>
    /// <exception cref="OutageException">It was not compared within <see cref="HoldOptions.HoldFor"/>, or its shard is
    /// away.</exception>
    public async Task Wait(string packetId)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        var started = clock.GetTimestamp();
        while (await Of(shard, [packetId]) is [PacketCheck.Unchecked])
        {
            if (clock.GetElapsedTime(started) >= hold.Value.HoldFor)
                throw NotYet(packetId);
            await Task.Delay(AskEvery, clock);
        }
    }
}
