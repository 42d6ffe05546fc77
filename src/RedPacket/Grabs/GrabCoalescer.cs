using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Packets;
using RedPacket.Packets.Traces;
using StackExchange.Redis;

namespace RedPacket.Grabs;

/// <summary>
/// Combines grabs of a shard that wait at the same time into one call of the script. No grab waits for others: a single
/// one goes immediately, and those that arrive during the calls go together with the next one. While the shard is away
/// for a moment they keep their order: the calls under way are held, and the others wait behind them.
/// </summary>
internal sealed class GrabCoalescer(
    ScriptRunner scripts, PacketChecks checks, FinalPackets finals, IOptions<GrabsOptions> options, IOptions<HoldOptions> hold,
    IOptions<OutboxLimitOptions> outbox, TimeProvider clock)
{
    // Those that are known to be too late come last.
    private static readonly Comparison<PendingGrab> s_byPacket = (a, b) =>
        a.Late.HasValue != b.Late.HasValue ? (a.Late.HasValue ? 1 : -1)
        : string.CompareOrdinal(a.PacketId, b.PacketId) is var order and not 0 ? order : a.Place - b.Place;
    private readonly ConcurrentDictionary<int, Lazy<ChannelWriter<PendingGrab>>> _shards = new();

    /// <summary>Grabs for the user. Throws <see cref="OutageException"/> when there is no answer now.</summary>
    /// <param name="trace">The beginning of its trace, by <see cref="TraceSampler"/>.</param>
    public Task<GrabOutcome> Grab(int shard, string packetId, string userId, string? trace = null)
    {
        if (finals.Late(shard, packetId, userId) is { } late)
            return Task.FromResult(new GrabOutcome(late));
        var grab = new PendingGrab(packetId, userId, trace);
        Enqueue(_shards.GetOrAdd(shard, number => new Lazy<ChannelWriter<PendingGrab>>(() => StartLoops(number))).Value, shard, grab);
        return grab.Task;
    }

    private void Enqueue(ChannelWriter<PendingGrab> shard, int number, PendingGrab grab)
    {
        if (!shard.TryWrite(grab))
            grab.Fail(new OutageException(Outage.Store, $"{hold.Value.HoldMax} grabs wait for shard {number} already (Grabs:HoldMax)."));
    }

    private ChannelWriter<PendingGrab> StartLoops(int shard)
    {
        var channel = Channel.CreateBounded<PendingGrab>(hold.Value.HoldMax);
        var uncheckedGrabs = new UncheckedGrabs(
            shard, checks, hold.Value, clock, options.Value.PerCall, (grabs, itself) => Execute(shard, grabs, itself));
        for (var i = 0; i < options.Value.Loops; i++)
            _ = Task.Run(() => Loop(shard, channel.Reader, uncheckedGrabs));
        return channel.Writer;
    }

    // Ends with the process, so that every grab gets an answer.
    private async Task Loop(int shard, ChannelReader<PendingGrab> waiting, UncheckedGrabs uncheckedGrabs)
    {
        var batch = new List<PendingGrab>(options.Value.PerCall);
        while (await waiting.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < options.Value.PerCall && waiting.TryRead(out var grab))
            {
                if (!uncheckedGrabs.Join(grab))
                    batch.Add(grab);
            }
            if (batch.Count > 0)
                await Execute(shard, batch, uncheckedGrabs, waiting);
        }
    }

    // False when a packet is being compared: then its grabs wait.
    private async Task<bool> Execute(
        int shard, List<PendingGrab> batch, UncheckedGrabs uncheckedGrabs, ChannelReader<PendingGrab>? behind = null)
    {
        for (var i = 0; i < batch.Count; i++)
            batch[i].Place = i;
        try
        {
            return await GrabTogether(shard, batch, uncheckedGrabs);
        }
        catch (Exception exception)
        {
            // Grabs behind a call without an answer have waited as long as the call. They are refused with it, so that
            // none waits for one more timeout.
            while (exception is OutageException && behind?.TryRead(out var grab) == true)
                batch.Add(grab);
            foreach (var grab in batch)
                grab.Fail(exception);
            return true;
        }
    }

    private async Task<bool> GrabTogether(int shard, List<PendingGrab> batch, UncheckedGrabs uncheckedGrabs)
    {
        var (mark, leftAt) = (finals.Mark(shard, batch), clock.GetTimestamp());
        var asked = batch.Count(grab => grab.Late is null);
        var (keys, values) = ArgumentsOf(shard, batch, asked, mark);
        var answers = await scripts.Run(MoneyScript.Grab, shard, keys, values);
        CrashPoint.Pass(CrashPoint.GrabsGranted);
        if (answers.Length == 1 && (string)answers[0]! == MoneyScript.Ended)
        {
            finals.Forget(shard, mark);
            return await GrabTogether(shard, batch, uncheckedGrabs);
        }
        finals.Proved(shard, mark, leftAt);
        if (answers.Length != asked)
            throw new InvalidOperationException($"grab.lua answered {answers.Length} of {asked} grabs.");
        var areAnswered = true;
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i].Late is { } late)
                batch[i].Answer(new GrabOutcome(late));
            else if ((string)answers[i]! is not MoneyScript.Unchecked and var answer)
                Answer(shard, batch[i], GrabOutcome.Parse(answer));
            else
            {
                areAnswered = false;
                uncheckedGrabs.Add(batch[i]);
            }
        }
        return areAnswered;
    }

    private void Answer(int shard, PendingGrab grab, GrabOutcome outcome)
    {
        if (outcome.Status is GrabStatus.Emptied or GrabStatus.Expired)
            finals.Saw(shard, grab.PacketId);
        grab.Answer(outcome);
    }

    // The keys and arguments of grab.lua, in the order of the call: packet by packet, and each packet's grabs as they
    // came. It is called for none as well: it proves the mark under which the others are too late.
    private (RedisKey[] Keys, RedisValue[] Values) ArgumentsOf(int shard, List<PendingGrab> batch, int asked, string mark)
    {
        batch.Sort(s_byPacket);
        List<RedisKey> keys =
        [
            PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Out(shard), PacketKeys.Wanted(shard), PacketKeys.Followed(shard),
        ];
        List<RedisValue> values = [outbox.Value.Limit, mark];
        for (var i = 0; i < asked;)
        {
            var packetId = batch[i].PacketId;
            var end = batch.FindIndex(i, asked - i, grab => grab.PacketId != packetId) is >= 0 and var other ? other : asked;
            keys.Add(PacketKeys.Packet(shard, packetId));
            keys.Add(PacketKeys.Shares(shard, packetId));
            values.Add(packetId);
            values.Add(end - i);
            for (; i < end; i++)
            {
                values.Add(batch[i].UserId);
                values.Add(CheckOf(batch[i]));
            }
        }
        return ([.. keys], [.. values]);
    }

    private RedisValue CheckOf(PendingGrab grab)
    {
        var check = UserId.Check(grab.UserId);
        return grab.Trace is null ? check : string.Create(
            CultureInfo.InvariantCulture, $"{check} {ClaimTrace.Join(grab.Trace, clock.GetUtcNow())}");
    }
}
