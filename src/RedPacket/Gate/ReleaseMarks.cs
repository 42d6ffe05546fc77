using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// The transactions on whose word a shard's Redis has let something go (PROTOCOL 6.5). A ledger that lacks one of them
/// went back: a backup was put in its place, or a standby that lagged. Redis and ledger must then be compared again.
/// </summary>
internal sealed class ReleaseMarks(IConnectionMultiplexer redis, LedgerReader ledger, Journal journal)
{
    // One for each process that was started since the last opening. More than these are merged, because they are read
    // every second.
    private const int Most = 50;
    private static readonly ScriptFile s_merge = new("merge.lua");
    private readonly IDatabase _redis = redis.Primary();

    /// <summary>A transaction that the ledger lacks; null when it has all of them.</summary>
    public async Task<LedgerMark?> Lacking(int shard, CancellationToken cancellation)
    {
        // Redis is read first: a ledger that goes on has then all that Redis was told.
        var told = await _redis.HashGetAllAsync(PacketKeys.Told(shard));
        var marks = Array.ConvertAll(told, field => new LedgerMark((string)field.Name!, (long)field.Value));
        var lacking = await ledger.FirstLacking(marks, cancellation);
        if (lacking is null && marks.Length > Most)
            await Merge(shard, marks, cancellation);
        return lacking;
    }

    private async Task Merge(int shard, LedgerMark[] marks, CancellationToken cancellation)
    {
        var proof = await journal.Prove(marks, cancellation);
        if (proof is not { } mark)
            return;
        await s_merge.Evaluate(_redis, [PacketKeys.Told(shard)],
            [mark.Writer, mark.Number, .. marks.SelectMany(each => (RedisValue[])[each.Writer, each.Number])]);
    }
}
