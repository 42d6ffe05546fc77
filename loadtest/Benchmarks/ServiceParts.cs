using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Outbox;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>The service's classes, created by its own setup methods.</summary>
internal sealed class ServiceParts : IDisposable
{
    private readonly ServiceProvider _provider;

    private ServiceParts(string name, string connectionString, Action<IServiceCollection, IConfiguration> rooms)
    {
        var settings = new Dictionary<string, string?> { [$"ConnectionStrings:{name}"] = connectionString };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Error));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IConfiguration>(configuration);
        rooms(services, configuration);
        _provider = services.BuildServiceProvider();
    }

    /// <summary>The classes before the queue.</summary>
    public static ServiceParts OnRedis(string connectionString) =>
        new("Redis", connectionString, (services, configuration) =>
            services.AddPackets(configuration, []).AddOutbox(configuration).AddGrabs(configuration));

    /// <summary>The classes after the queue.</summary>
    public static ServiceParts OnLedger(string connectionString) =>
        new("Ledger", connectionString, (services, configuration) => services.AddLedger(configuration));

    /// <summary>The coalescer, as the endpoint uses it.</summary>
    public GrabCoalescer Grabs() => _provider.GetRequiredService<GrabCoalescer>();

    /// <summary>The outbox reader, as the relay uses it.</summary>
    public OutboxReader Outbox() => new(_provider.GetRequiredService<IConnectionMultiplexer>());

    /// <summary>Starts the journal, the only writer of the ledger.</summary>
    public Journal Journal()
    {
        var journal = _provider.GetRequiredService<Journal>();
        journal.Start();
        return journal;
    }

    /// <summary>Makes a chunk of lines, as settlement does.</summary>
    public static Chunk ChunkOf(string[] lines) =>
        new(0, [.. lines.Select(ChunkLine.Read)], HighestSeq: 1, PublishedAt: 1, Traceparent: null, Slow: false);

    public void Dispose() => _provider.Dispose();
}
