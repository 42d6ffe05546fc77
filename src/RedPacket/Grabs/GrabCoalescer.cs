using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using RedPacket.Outbox;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Grabs;

/// <summary>
/// Lets grabs that are waiting at the same moment travel in one call of the script, per shard. Nothing waits for company: a lone grab goes
/// at once, and whatever comes while the calls are under way goes together with the next one.
/// </summary>
internal sealed class GrabCoalescer(Store store, IOptions<GrabsOptions> options, IOptions<OutboxOptions> outbox)
{
    private readonly ConcurrentDictionary<int, Lazy<ChannelWriter<PendingGrab>>> _shards = new();

    /// <summary>Grabs for the user. Throws <see cref="StoreRefusedException"/> when that cannot be answered now.</summary>
    public Task<GrabOutcome> Grab(int shard, string packetId, string userId)
    {
        var grab = new PendingGrab(packetId, userId);
        var writer = _shards.GetOrAdd(shard, number => new Lazy<ChannelWriter<PendingGrab>>(() => StartLoops(number))).Value;
        if (!writer.TryWrite(grab))
            throw new InvalidOperationException($"The queue of shard {shard} is closed.");
        return grab.Task;
    }

    private ChannelWriter<PendingGrab> StartLoops(int shard)
    {
        var channel = Channel.CreateUnbounded<PendingGrab>();
        for (var i = 0; i < options.Value.Loops; i++)
            _ = Task.Run(() => Loop(shard, channel.Reader));
        return channel.Writer;
    }

    // Ends with the process: a grab that was taken from its caller is always answered.
    private async Task Loop(int shard, ChannelReader<PendingGrab> waiting)
    {
        var batch = new List<PendingGrab>(options.Value.PerCall);
        while (await waiting.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < options.Value.PerCall && waiting.TryRead(out var grab))
                batch.Add(grab);
            if (batch.Count == 0)
                continue;
            try
            {
                await GrabTogether(shard, batch);
            }
            catch (Exception exception)
            {
                // Those who queued up behind a call that got no answer have waited as long as it: they are refused with it, not made to
                // wait for a time-out of their own.
                while (exception is StoreRefusedException && waiting.TryRead(out var grab))
                    batch.Add(grab);
                foreach (var grab in batch)
                    grab.Fail(exception);
            }
        }
    }

    private async Task GrabTogether(int shard, List<PendingGrab> batch)
    {
        var packets = batch.GroupBy(grab => grab.PacketId).ToList();
        var keys = new List<RedisKey>(3 + 2 * packets.Count) { PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Out(shard) };
        var values = new List<RedisValue>(1 + 2 * (packets.Count + batch.Count)) { outbox.Value.Limit };
        foreach (var packet in packets)
        {
            keys.Add(PacketKeys.Packet(shard, packet.Key));
            keys.Add(PacketKeys.Shares(shard, packet.Key));
            values.Add(packet.Key);
            values.Add(packet.Count());
            foreach (var grab in packet)
            {
                values.Add(grab.UserId);
                values.Add(UserId.Check(grab.UserId));
            }
        }

        var answers = await store.Run(MoneyScript.Grab, shard, [.. keys], [.. values]);
        CrashPoint.Pass(CrashPoint.GrabsGranted);
        if (answers.Length != batch.Count)
            throw new InvalidOperationException($"grab.lua answered {answers.Length} of {batch.Count} grabs.");
        var next = 0;
        foreach (var grab in packets.SelectMany(packet => packet))
            grab.Answer(GrabOutcome.Parse((string)answers[next++]!));
    }

    private sealed class PendingGrab(string packetId, string userId)
    {
        // The loop must not run the callers' continuations: it would answer one request after the other.
        private readonly TaskCompletionSource<GrabOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string PacketId => packetId;

        public string UserId => userId;

        public Task<GrabOutcome> Task => _answer.Task;

        public void Answer(GrabOutcome outcome) => _answer.TrySetResult(outcome);

        public void Fail(Exception exception) => _answer.TrySetException(exception);
    }
}
