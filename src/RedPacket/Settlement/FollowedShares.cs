using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Packets.Traces;
using StackExchange.Redis;

namespace RedPacket.Settlement;

/// <summary>
/// Completes the traces of followed shares, in their packets and as spans. A share whose trace cannot be completed is
/// settled all the same.
/// </summary>
internal sealed class FollowedShares(IConnectionMultiplexer redis, TimeProvider clock, ILogger<FollowedShares> logger)
{
    private static readonly ScriptFile s_followed = new("followed.lua");

    /// <summary>
    /// The followed entries of a message, each once. The list is not signed, so it may say anything: a place that the
    /// message does not have is ignored.
    /// </summary>
    public static IEnumerable<FollowedEntry> In(TransfersAccepted message) => (message.Followed ?? [])
        .Where(followed => followed is not null && followed.Index >= 0 && followed.Index < message.Entries.Length)
        .DistinctBy(followed => followed.Index);

    /// <summary>The same for the ledger, so that those who follow it continue the traces.</summary>
    public static string? Text(TransfersAccepted message) => FollowedClaim.Write(
        from followed in In(message)
        let entry = ChunkLine.Read(message.Entries[followed.Index]).Entry
        where entry is { Kind: EntryKind.Grab }
        select new FollowedClaim(entry.PacketId, entry.Ordinal, followed.Traceparent));

    /// <summary>Called when entries have left the outbox.</summary>
    /// <param name="message">Its followed shares are completed.</param>
    /// <param name="done">The delivery numbers that have left, ascending.</param>
    /// <param name="receivedAt">When the message came.</param>
    /// <param name="written">The transaction that has its entries.</param>
    public async Task Complete(TransfersAccepted message, long[] done, DateTimeOffset receivedAt, WriteTimes written)
    {
        var shares = (from followed in In(message)
                      let seq = message.Seqs[followed.Index]
                      where Array.BinarySearch(done, seq) >= 0
                      let line = ChunkLine.Read(message.Entries[followed.Index])
                      where line.Entry is { Kind: EntryKind.Grab }
                      select (Seq: seq, Entry: line.Entry!)).ToList();
        if (shares.Count == 0)
            return;
        DateTimeOffset[] times = [message.PublishedAt, receivedAt, written.Begun, written.Durable, clock.GetUtcNow()];
        try
        {
            var completed = (string?[]?)await s_followed.Evaluate(
                redis.Primary(),
                [PacketKeys.Followed(message.Shard), .. shares.Select(share => PacketKeys.Packet(message.Shard, share.Entry.PacketId))],
                [ClaimTrace.Join("", times), .. shares.SelectMany(share => (RedisValue[])[share.Seq, share.Entry.Ordinal])]);
            // Not those of a chunk that came twice: they have their spans already.
            foreach (var trace in (completed ?? []).Select(ClaimTrace.Parse))
                SettlementTelemetry.Followed(trace);
        }
        catch (Exception exception)
        {
            logger.TracesNotCompleted(message.Shard, exception.Message);
        }
    }
}
