using System.Collections.Concurrent;
using System.Diagnostics;
using RedPacket.Hosting;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Packets.Traces;
using StackExchange.Redis;

namespace RedPacket.Feed;

/// <summary>
/// Adds the announcement to the traces of followed shares, in their packets and as spans. Settlement completes a trace
/// first, maybe a moment after the announcement, so a share waits for that. The announcer waits for none of it. A stop
/// loses the stage of shares that wait.
/// </summary>
internal sealed class AnnouncedShares(IConnectionMultiplexer redis, TimeProvider clock, ILogger<AnnouncedShares> logger)
{
    private const string Wait = "wait";

    /// <summary>Shares that wait for the next completion, at most: the others keep the stages that they have.</summary>
    private const int Most = 1000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly ScriptFile s_announced = new("announced.lua");
    private readonly ConcurrentQueue<Share> _waiting = new();

    private sealed record Share(int Shard, string PacketId, long Ordinal, DateTimeOffset At);

    /// <summary>The last completion that was begun.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The broker has confirmed these transfers just now.</summary>
    public void Add(IEnumerable<SettledTransfer> transfers)
    {
        var now = clock.GetUtcNow();
        foreach (var transfer in transfers.Where(transfer => transfer is { Traceparent: not null, Ordinal: not null }))
        {
            if (_waiting.Count < Most && PacketId.TryParse(transfer.PacketId, out var shard))
                _waiting.Enqueue(new Share(shard, transfer.PacketId, transfer.Ordinal!.Value, now));
        }
    }

    /// <summary>Begins to complete what can be completed, unless an earlier completion still works.</summary>
    public void Complete()
    {
        if (!_waiting.IsEmpty && Completion.IsCompleted)
            Completion = Task.Run(CompleteAll);
    }

    private Task CompleteAll()
    {
        List<Share> shares = [];
        while (_waiting.TryDequeue(out var share))
            shares.Add(share);
        return Task.WhenAll(shares.GroupBy(share => share.Shard).Select(some => CompleteShard(some.Key, [.. some])));
    }

    private async Task CompleteShard(int shard, Share[] shares)
    {
        var left = shares;
        try
        {
            left = await Evaluate(shares);
        }
        catch (Exception exception)
        {
            logger.AnnouncementsNotTraced(shard, exception.Message);
        }
        var now = clock.GetUtcNow();
        foreach (var share in left.Where(share => now - share.At < s_patience))
            _waiting.Enqueue(share);
    }

    private async Task<Share[]> Evaluate(Share[] shares)
    {
        var answers = (string?[]?)await s_announced.Evaluate(
            redis.Primary(),
            [.. shares.Select(share => (RedisKey)PacketKeys.Packet(share.Shard, share.PacketId))],
            [.. shares.SelectMany(share => (RedisValue[])[share.Ordinal, ClaimTrace.Join("", share.At)])]) ?? [];
        foreach (var trace in answers.Select(ClaimTrace.Parse))
        {
            if (trace?.Stages().LastOrDefault() is not { Name: ClaimTrace.Announce } stage)
                continue;
            using var span = Instrumentation.Source.StartActivity(
                ActivityKind.Producer, trace.Request, startTime: stage.Start, name: stage.Name);
            span?.SetEndTime(stage.End.UtcDateTime);
        }
        return [.. shares.Zip(answers).Where(each => each.Second == Wait).Select(each => each.First)];
    }
}
