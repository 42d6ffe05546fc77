using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Ledger.Followers;
using RedPacket.Ledger.Kept;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Reports;
using RedPacket.Tests.Ledger;
using RedPacket.Tests.Servers;
using RedPacket.Wallets;
using StackExchange.Redis;

namespace RedPacket.Tests.Reports;

/// <summary>
/// A small world of one shard, written straight into a real Redis and (by the real journal) a real ledger, with the
/// rooms that read it. Each packet is made in a named state. The test then damages it.
/// </summary>
internal sealed class ReconciliationWorld : IAsyncDisposable
{
    public const long Made = 1_790_000_000_000;
    private readonly ServiceProvider _services;
    private long _slot = 1000;
    private int _packets;

    private ReconciliationWorld(
        RedisServer redis, IConnectionMultiplexer connection, TestLedger ledger, Journal journal, PacketsOptions packets, int page)
    {
        (Redis, Ledger, Journal) = (redis, ledger, journal);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System).AddSingleton(connection).AddSingleton(journal).AddSingleton<AuditTrail>();
        services.AddSingleton<SubscriberReader>().AddSingleton<SubscriberRecord>().AddSingleton<ReportRecord>();
        services.AddSingleton<ShardGate>().AddSingleton<ShardLoops>().AddSingleton<ScriptRunner>().AddSingleton<PacketChecks>();
        services.AddSingleton<SplitSeeds>().AddSingleton<KeyHomes>().AddSingleton<SentKeys>().AddSingleton<RedisPackets>();
        services.AddSingleton<FinalPackets>().AddSingleton<GrabCoalescer>().AddSingleton<PacketCloser>().AddSingleton<PacketArchiver>();
        services.AddSingleton(Options.Create(new HoldOptions { HoldFor = TimeSpan.Zero }));
        services.AddSingleton(Options.Create(packets)).AddSingleton(Options.Create(new OutboxLimitOptions()));
        services.AddSingleton(Options.Create(new GrabsOptions()));
        services.AddPooledDbContextFactory<LedgerDbContext>(context =>
        {
            Ledger.Read(context);
            context.AddInterceptors(Queries);
        });
        var none = new ConfigurationBuilder().Build();
        services.AddComparison(none).AddReports(none).AddRepairs(none).AddWallets(none);
        services.AddSingleton(Options.Create(new ComparisonOptions { PacketsPerPage = page, ClaimsPerPage = page + 1 }));
        services.AddSingleton(Options.Create(new WalletsOptions { SettledThroughEvery = TimeSpan.Zero }));
        _services = services.BuildServiceProvider();
    }

    public RedisServer Redis { get; }
    public IDatabase Store => Redis.Database;
    public Journal Journal { get; }
    public TestLedger Ledger { get; }

    /// <summary>The queries of all readers.</summary>
    public LedgerQueries Queries { get; } = new();
    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>An empty world with its gate open. Pages are short, so that every test turns them.</summary>
    /// <param name="connection">The connection of the rooms; by default one that waits a minute for Redis.</param>
    public static async Task<ReconciliationWorld> Open(
        RedisServer redis, SharedPostgres? postgres, PacketsOptions? packets = null, int page = 3,
        IConnectionMultiplexer? connection = null)
    {
        await redis.Flush();
        await OpenGate(redis);
        await redis.Database.HashSetAsync(PacketKeys.Meta(0), "seq", 1_000_000);
        var ledger = await TestLedger.On(postgres);
        var world = new ReconciliationWorld(
            redis, connection ?? redis.Connection, ledger, await ledger.Open(), packets ?? new PacketsOptions(), page);
        await world.BeginRun();
        return world;
    }

    public IServiceProvider Services => _services;

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Opens the gate of shard 0 under a new run, as the gate's keeper does when it has compared.</summary>
    public static async Task OpenGate(RedisServer redis)
    {
        await Servers.OpenGate.Of(redis.Connection);
        await redis.Database.SetAddAsync(PacketKeys.Shards, 0);
    }

    /// <summary>A background service, not started.</summary>
    public T Hosted<T>() where T : IHostedService => _services.GetServices<IHostedService>().OfType<T>().Single();

    public Task<ConsistencyReport> Report(bool full = false) =>
        Get<ReportBuilder>().Build(new ReportRequest(Full: full), Stop);

    /// <summary>Everything granted is in the ledger and nowhere else; 100 fen are left.</summary>
    public Task<string> Settled(params string[] users) => Add("open", users, inOutbox: false, inLedger: true);

    /// <summary>Everything granted is in the outbox and not yet in the ledger.</summary>
    public Task<string> InFlight(params string[] users) => Add("open", users, inOutbox: true, inLedger: false);

    /// <summary>Recorded, and not yet acknowledged.</summary>
    public Task<string> Unacknowledged(params string[] users) => Add("open", users, inOutbox: true, inLedger: true);

    /// <summary>Granted by Redis, and lost in flight: in no outbox, in no ledger.</summary>
    public Task<string> Lost(params string[] users) => Add("open", users, inOutbox: false, inLedger: false);

    /// <summary>Closed, its 100 fen refunded, all of it settled.</summary>
    public Task<string> Expired(params string[] users) => Add("expired", users, inOutbox: false, inLedger: true);

    /// <summary>Closed by its last claim, all of it settled.</summary>
    public Task<string> Emptied(params string[] users) => Add("emptied", users, inOutbox: false, inLedger: true);

    /// <summary>Six claims, more than a page, among packets that are consistent. This one is consistent too.</summary>
    public async Task<string> SettledAmongOthers()
    {
        for (var i = 0; i < 3; i++)
            await Settled();
        var packet = await Settled("a", "b", "c", "d", "e", "f");
        for (var i = 0; i < 3; i++)
            await Settled();
        Assert.Equal(Verdict.Consistent, (await Report()).Verdict);
        return packet;
    }

    /// <summary>The amount of a claim in every packet of this world.</summary>
    public static long FenAt(int ordinal) => 10 * ordinal + 5;

    /// <summary>The line of a claim, as the outbox would hold it.</summary>
    public static string GrabLine(string packetId, int ordinal, string user) =>
        new Entry(EntryKind.Grab, packetId, ordinal, user, FenAt(ordinal), Made + ordinal).ToString();

    public Task PutIntoOutbox(string line) =>
        Store.SortedSetAddAsync(PacketKeys.Out(0), line, 2 * Interlocked.Increment(ref _slot));

    /// <summary>Records lines in the ledger as settlement does.</summary>
    public async Task<RecordOutcome[]> Record(params string[] lines) =>
        await Journal.Enqueue(Chunk(lines) with { Run = await Journal.RunOf(0, Stop) }, Stop);

    /// <summary>Records lines of a run that is over, and that their packets have forgotten.</summary>
    public async Task<RecordOutcome[]> RecordLate(params string[] lines)
    {
        await BeginRun();
        return await Journal.Enqueue(Chunk(lines) with { Run = "over", Forgotten = true }, Stop);
    }

    // The run of Redis, which the gate's keeper would have written into the ledger.
    private async Task BeginRun()
    {
        var run = (string)(await Store.HashGetAsync(PacketKeys.Meta(0), MetaFields.Run))!;
        await Journal.BeginRun(0, await Journal.RunOf(0, Stop), run, 0, new RunBorder("", 0), Stop);
    }

    private Chunk Chunk(string[] lines) => new(
        0, [.. lines.Select(ChunkLine.Read)], 2 * Interlocked.Increment(ref _slot), Made + 50,
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false);

    private async Task<string> Add(string state, string[] users, bool inOutbox, bool inLedger)
    {
        var (granted, created) = (Enumerable.Range(1, users.Length).Sum(FenAt), Made + ++_packets);
        var packetId = $"0-{created:x12}70008{_packets:x15}";
        long left = state == "emptied" ? 0 : 100;
        var terms = $$"""{"kind":"lucky","count":{{users.Length + 1}},"greeting":"恭喜 发财","expiresIn":86400"""
            + ""","split":"line-cutting","seed":"0000000000000000","key":"k"}""";
        var sum = users.Select((user, i) => (UserId.Check(user) + i + 1) * FenAt(i + 1)).Sum();
        List<HashEntry> fields =
        [
            new("terms", terms), new("sender", "sender"), new("amount", granted + left), new("count", users.Length + 1),
            new("created", created), new("expiry", created + 86_400_000_000), new("state", state), new("next", users.Length + 1),
            new("left", state == "expired" ? 0 : left), new("refund", state == "expired" ? left : 0), new("sum", sum),
        ];
        List<string> lines = [new Entry(EntryKind.Fund, packetId, 0, "sender", granted + left, created, terms).ToString()];
        for (var ordinal = 1; ordinal <= users.Length; ordinal++)
        {
            fields.Add(new HashEntry($"u:{users[ordinal - 1]}", $"{ordinal} {FenAt(ordinal)} {Made + ordinal}"));
            fields.Add(new HashEntry($"o:{ordinal}", users[ordinal - 1]));
            lines.Add(GrabLine(packetId, ordinal, users[ordinal - 1]));
        }
        if (state != "open")
            fields.Add(new HashEntry("closed", created + 1000));
        if (state == "expired")
            lines.Add(new Entry(EntryKind.Refund, packetId, 0, "sender", left, created + 1000).ToString());
        await Store.SortedSetAddAsync(PacketKeys.Live(0), packetId, state == "open" ? created + 86_400_000_000 : -created - 1000);
        await Store.SortedSetAddAsync(PacketKeys.Made(0), packetId, created);
        fields.Add(new(PacketFields.Run, await Store.HashGetAsync(PacketKeys.Meta(0), MetaFields.Run)));
        await Store.HashSetAsync(PacketKeys.Packet(0, packetId), [.. fields]);
        foreach (var line in inOutbox ? lines : [])
            await PutIntoOutbox(line);
        if (inLedger)
            Assert.All(await Record([.. lines]), outcome => Assert.Equal(RecordOutcome.Inserted, outcome));
        // Long ago, so that it may be archived.
        if (inLedger && state != "open")
            Ledger.Execute($"UPDATE recordings SET recorded_at = {created + 2000}");
        return packetId;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Ledger.Dispose();
    }
}
