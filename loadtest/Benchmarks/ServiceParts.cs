using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Outbox;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>The service's own classes, put together by its own set-up.</summary>
internal sealed class ServiceParts : IDisposable
{
    private readonly ServiceProvider _provider;

    private ServiceParts(string name, string connectionString, Action<IServiceCollection, IConfiguration> rooms)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [$"ConnectionStrings:{name}"] = connectionString }).Build();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Error));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IConfiguration>(configuration);
        rooms(services, configuration);
        _provider = services.BuildServiceProvider();
    }

    /// <summary>What is before the queue.</summary>
    public static ServiceParts OnRedis(string connectionString) =>
        new("Redis", connectionString, (services, configuration) => services.AddPackets(configuration).AddOutbox(configuration).AddGrabs(configuration));

    /// <summary>What is behind it.</summary>
    public static ServiceParts OnLedger(string connectionString) => new("Ledger", connectionString, (services, configuration) => services.AddLedger(configuration));

    /// <summary>Takes grabs as the endpoint hands them over.</summary>
    public GrabCoalescer Grabs() => _provider.GetRequiredService<GrabCoalescer>();

    /// <summary>Reads the outbox as the relay does.</summary>
    public OutboxReader Outbox() => new(_provider.GetRequiredService<IConnectionMultiplexer>());

    /// <summary>The ledger's only writer, started.</summary>
    public Journal Journal()
    {
        var journal = _provider.GetRequiredService<Journal>();
        journal.Start();
        return journal;
    }

    /// <summary>Lines as settlement hands them to the journal.</summary>
    public static Chunk ChunkOf(string[] lines) => new(0, [.. lines.Select(ChunkLine.Read)], HighestSeq: 1, PublishedAt: 1, Traceparent: null, Slow: false);

    public void Dispose() => _provider.Dispose();
}
