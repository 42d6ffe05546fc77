using System.Globalization;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Outbox;

/// <summary>An entry in the outbox.</summary>
/// <param name="Traceparent">The trace context of the request, if the share is followed.</param>
internal readonly record struct OutboxEntry(long Seq, string Line, string? Traceparent = null)
{
    /// <summary>
    /// The lowest bit of the delivery number is the lane. Repair and replay put entries back under odd numbers.
    /// </summary>
    public bool Slow => (Seq & 1) == 1;

    public bool IsFence => Fence.Is(Line);
}

/// <summary>
/// Some entries, and the run that they belong to: the open one, or the last one while the gate is shut.
/// </summary>
internal sealed record OutboxPage(string Run, IReadOnlyList<OutboxEntry> Entries);

/// <summary>
/// The relay's questions to Redis. It only reads: <see cref="OutboxAcknowledgement"/> alone empties the outbox.
/// </summary>
internal sealed class OutboxReader(IConnectionMultiplexer redis)
{
    // Settlement holds a fixed number of messages while the ledger is away, so the bound of a message bounds its
    // memory. A thousand shares take a third of it. It is far below the limit of RabbitMQ too, which from version 4 on
    // is 16 MiB.
    private const int MostCharacters = 250_000;

    // With the longest greeting a line has 17,000 characters, and a message has room for 14 of them.
    private const int PerRead = 100;
    private static readonly RedisValue s_run = MetaFields.Run;
    private static readonly RedisValue[] s_runs = [MetaFields.Run, MetaFields.Last];

    /// <summary>The id of the run that was opened last; empty during an opening.</summary>
    public async Task<string> OpenRun(int shard)
    {
        var run = await redis.Primary().HashGetAsync(PacketKeys.Meta(shard), s_run);
        return run.IsNull ? "" : run.ToString();
    }

    /// <summary>
    /// The entries with delivery numbers from first to last, in order, at most <paramref name="most"/> and no more than
    /// fit into a message. The run is read before them on the same connection, so it may be older than the entries but
    /// never newer.
    /// </summary>
    public async Task<OutboxPage> Read(int shard, long first, long last, int most)
    {
        var database = redis.Primary();
        var runs = database.HashGetAsync(PacketKeys.Meta(shard), s_runs);
        List<OutboxEntry> entries = [];
        var start = first;
        for (var (characters, more) = (0, true); more && entries.Count < most;)
        {
            var take = Math.Min(PerRead, most - entries.Count);
            var found = await database.SortedSetRangeByScoreWithScoresAsync(PacketKeys.Out(shard), first, last, take: take);
            var read = entries.Count;
            entries.AddRange(found.Select(entry => new OutboxEntry((long)entry.Score, entry.Element.ToString()))
                .TakeWhile((entry, index) => (characters += entry.Line.Length) <= MostCharacters || read + index == 0));
            // The client turns a range around whose end lies before its start, so nothing is asked beyond the last
            // number.
            more = found.Length == take && entries.Count == read + take && entries[^1].Seq < last;
            first = more ? entries[^1].Seq + 1 : first;
        }
        var run = (await runs).FirstOrDefault(run => !run.IsNull);
        if (entries.Count > 0)
            await AddTraces(database, shard, start, entries);
        return new OutboxPage(run.IsNull ? "" : run.ToString(), entries);
    }

    // A list that is damaged has no traces. The entries are sent all the same.
    private static async Task AddTraces(IDatabase database, int shard, long first, List<OutboxEntry> entries)
    {
        Dictionary<long, string> traces = [];
        try
        {
            foreach (var followed in await database.SortedSetRangeByScoreAsync(PacketKeys.Followed(shard), first, entries[^1].Seq))
            {
                var words = followed.ToString().Split(' ');
                if (long.TryParse(words[0], CultureInfo.InvariantCulture, out var seq))
                    traces[seq] = words[^1];
            }
        }
        catch (RedisServerException exception) when (exception.Kind == RedisErrorKind.WrongType)
        {
            return;
        }
        for (var i = 0; i < entries.Count && traces.Count > 0; i++)
        {
            if (traces.TryGetValue(entries[i].Seq, out var traceparent))
                entries[i] = entries[i] with { Traceparent = traceparent };
        }
    }

    /// <summary>How many entries have a delivery number up to last.</summary>
    public Task<long> CountUpTo(int shard, long last) => Count(redis.Primary(), shard, 0, last);

    /// <summary>
    /// How many entries of each range are still there, and how many there are up to last. The total is counted after
    /// the ranges on the same connection. Entries only leave, so a total above the sum of the ranges proves that there
    /// are entries outside of them.
    /// </summary>
    public async Task<(long[] Left, long Total)> Count(int shard, IReadOnlyList<(long First, long Last)> ranges,
        long last)
    {
        var database = redis.Primary();
        var left = ranges.Select(range => Count(database, shard, range.First, range.Last)).ToList();
        var total = Count(database, shard, 0, last);
        return (await Task.WhenAll(left), await total);
    }

    /// <summary>
    /// The delivery numbers that end the first <paramref name="chunks"/> chunks of the outbox, ascending.
    /// </summary>
    public async Task<long[]> Ends(int shard, int chunks, int chunkSize)
    {
        var database = redis.Primary();
        var entries = await database.SortedSetLengthAsync(PacketKeys.Out(shard));
        var ranks = Enumerable.Range(1, chunks).Select(chunk => Math.Min((long)chunk * chunkSize, entries) - 1).Where(rank => rank >= 0);
        var ends = await Task.WhenAll(
            ranks.Distinct().Select(rank => database.SortedSetRangeByRankWithScoresAsync(PacketKeys.Out(shard), rank, rank)).ToList());
        return [.. ends.Where(end => end.Length == 1).Select(end => (long)end[0].Score).Distinct()];
    }

    private static Task<long> Count(IDatabase database, int shard, long first, long last) =>
        database.SortedSetLengthAsync(PacketKeys.Out(shard), first, last);
}
