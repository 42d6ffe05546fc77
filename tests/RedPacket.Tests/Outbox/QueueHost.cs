using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RedPacket.Ledger;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Settlement;
using RedPacket.Tests.Ledger;
using StackExchange.Redis;

namespace RedPacket.Tests.Outbox;

/// <summary>A process with the rooms from outbox to ledger and nothing else.</summary>
internal sealed class QueueHost : IAsyncDisposable
{
    /// <summary>For tests in which nothing may be sent again, however long the machine takes.</summary>
    public static readonly string[] NeverResends = ["Outbox:ResendAfter=12:00:00", "Outbox:ResendAfterMax=12:00:00"];

    private readonly IHost _host;
    private readonly IConnectionMultiplexer _redis;
    private bool _isLedgerMade;

    private QueueHost(IHost host, IConnectionMultiplexer redis, LogLines log)
    {
        _host = host;
        _redis = redis;
        Log = log;
    }

    /// <summary>The lines that it logged.</summary>
    public LogLines Log { get; }

    public IServiceProvider Services => _host.Services;

    public RelayStatus Relay => Services.GetRequiredService<RelayStatus>();

    /// <summary>Chunks sent again, over all shards.</summary>
    public long Resends => Relay.Shards.Sum(shard => shard.Resends);

    /// <summary>Signs the messages on RabbitMQ.</summary>
    public const string SigningKey = "text:only-for-tests-0123456789-abcdefghijklmnop";

    /// <summary>Starts it; <paramref name="settings"/> as <c>key=value</c>.</summary>
    public static async Task<QueueHost> Start(
        RedisServer redis, TestLedger ledger, bool relay = true, bool settle = true, string? rabbit = null, params string[] settings)
    {
        // As the service connects: a command that cannot be sent now fails now.
        var options = ConfigurationOptions.Parse($"{redis.ConnectionString},connectTimeout=2000");
        options.BacklogPolicy = BacklogPolicy.FailFast;
        IConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
        var log = new LogLines();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Ledger"] = ledger.ConnectionString,
            ["ConnectionStrings:RabbitMq"] = rabbit,
            ["Outbox:InMemory"] = "true",
            // In memory tests hand messages to settlement that no relay has made.
            ["Outbox:SigningKeys:0"] = rabbit is null ? "" : SigningKey,
            ["Ledger:BusyTimeout"] = "00:00:01",
            ["Ledger:LongestPause"] = "00:00:00.200",
        });
        var pairs = settings.Select(setting => setting.Split('=', 2));
        builder.Configuration.AddInMemoryCollection(pairs.ToDictionary(pair => pair[0], pair => (string?)pair[1]));
        builder.Logging.AddProvider(log).AddFilter("RedPacket", LogLevel.Debug);
        // A stop that waits for a server or a lock does not end before it comes back.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddSingleton(connection).AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ShardGate>().AddSingleton<ScriptRunner>().AddSingleton<PacketChecks>().AddSingleton<KeyHomes>();
        builder.Services.AddLedger(builder.Configuration).AddOutbox(builder.Configuration);
        if (settle)
            builder.Services.AddSettlement(builder.Configuration);
        if (relay)
            builder.Services.AddRelay(builder.Configuration);
        var host = new QueueHost(builder.Build(), connection, log);
        await host._host.StartAsync();
        return host;
    }

    /// <summary>Transfers in the ledger.</summary>
    public async Task<int> Transfers()
    {
        await using var ledger = await Ledger();
        return await ledger.Transfers.CountAsync();
    }

    /// <summary>Parked entries in the ledger.</summary>
    public async Task<int> Parked()
    {
        await using var ledger = await Ledger();
        return await ledger.Parked.CountAsync();
    }

    // A message that is set aside does not wait for the ledger, so a test may come before the tables are made.
    private async Task<LedgerDbContext> Ledger()
    {
        if (!_isLedgerMade)
            await Eventually.Holds(() => Services.GetRequiredService<Journal>().State.Up, what: "the ledger is open");
        _isLedgerMade = true;
        return await Services.GetRequiredService<IDbContextFactory<LedgerDbContext>>().CreateDbContextAsync();
    }

    /// <summary>Waits until every entry of the book is in the ledger, once, and none is in the outbox.</summary>
    public async Task Settles(OutboxBook book, TimeSpan? limit = null)
    {
        try
        {
            await Eventually.Holds(
                async () => await book.Left() == 0 && await Transfers() == book.Written,
                limit,
                "everything written is in the ledger once, and nothing in the outbox");
        }
        catch (TimeoutException failure)
        {
            Assert.Fail($"{failure.Message}: {await book.Left()} of {book.Written} in the outbox; the host said:\n{Log.Text}");
        }
        // A bus of MassTransit that is stopped before all of it is connected lives on, and would take the next tests'
        // messages.
        if (Services.GetService<IBusControl>() is { } bus)
            Assert.Equal(BusHealthStatus.Healthy, await bus.WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromMinutes(3)));
    }

    public Task Stop() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
        await _redis.DisposeAsync();
    }
}
