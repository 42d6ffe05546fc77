using System.Diagnostics;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Packets.Traces;
using StackExchange.Redis;

namespace RedPacket.Feed;

/// <summary>
/// Adds the announcement to the traces of followed shares, in their packets and as spans. Settlement completes a trace
/// first, maybe a moment after the announcement, so a share waits for that. Only the announcer's loop uses it.
/// </summary>
internal sealed class AnnouncedShares(IConnectionMultiplexer redis, TimeProvider clock, ILogger<AnnouncedShares> logger)
{
    private const string Wait = "wait";

    /// <summary>Shares that wait, at most: the others keep the stages that they have.</summary>
    private const int Most = 1000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly ScriptFile s_announced = new("announced.lua");
    private static readonly ActivitySource s_source = new("RedPacket");
    private List<Share> _waiting = [];

    private sealed record Share(int Shard, string PacketId, long Ordinal, DateTimeOffset At);

    /// <summary>The broker has confirmed these transfers just now.</summary>
    public void Add(IEnumerable<SettledTransfer> transfers)
    {
        var now = clock.GetUtcNow();
        foreach (var transfer in transfers.Where(transfer => transfer is { Traceparent: not null, Ordinal: not null }))
        {
            if (_waiting.Count < Most && PacketId.TryParse(transfer.PacketId, out var shard))
                _waiting.Add(new Share(shard, transfer.PacketId, transfer.Ordinal!.Value, now));
        }
    }

    /// <summary>Completes what can be completed. A failure costs the stage only, so it throws nothing.</summary>
    public async Task Complete()
    {
        if (_waiting.Count == 0)
            return;
        List<Share> left = [];
        foreach (var shares in _waiting.GroupBy(share => share.Shard))
        {
            try
            {
                left.AddRange(await Complete([.. shares]));
            }
            catch (Exception exception)
            {
                logger.AnnouncementsNotTraced(shares.Key, exception.Message);
                left.AddRange(shares);
            }
        }
        var now = clock.GetUtcNow();
        _waiting = left.FindAll(share => now - share.At < s_patience);
    }

    private async Task<IEnumerable<Share>> Complete(Share[] shares)
    {
        var answers = (string?[]?)await s_announced.Evaluate(
            redis.Primary(),
            [.. shares.Select(share => (RedisKey)PacketKeys.Packet(share.Shard, share.PacketId))],
            [.. shares.SelectMany(share => (RedisValue[])[share.Ordinal, ClaimTrace.Join("", share.At)])]) ?? [];
        foreach (var trace in answers.Select(ClaimTrace.Parse))
        {
            if (trace?.Stages().LastOrDefault() is not { Name: ClaimTrace.Announce } stage)
                continue;
            using var span = s_source.StartActivity(ActivityKind.Producer, trace.Request, startTime: stage.Start, name: stage.Name);
            span?.SetEndTime(stage.End.UtcDateTime);
        }
        return shares.Zip(answers).Where(each => each.Second == Wait).Select(each => each.First);
    }
}
