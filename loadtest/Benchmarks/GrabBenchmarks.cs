using BenchmarkDotNet.Attributes;
using RedPacket.Grabs;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>
/// A grab from the coalescer to Redis and back, one by one or with as many callers as the canonical load has
/// connections.
/// </summary>
public class GrabBenchmarks : IAsyncDisposable
{
    private const int Alone = 500;
    private const int Together = 2_000;

    /// <summary>Callers that grab at the same time.</summary>
    private const int Callers = 64;

    /// <summary>Enough for 40 batches.</summary>
    private const int Packets = 40 * Together / PacketsInRedis.Shares;

    private PacketsInRedis _packets = null!;
    private ServiceParts _parts = null!;
    private GrabCoalescer _grabs = null!;

    [GlobalSetup]
    public async Task Setup()
    {
        _packets = await PacketsInRedis.With(Packets);
        _parts = ServiceParts.OnRedis(_packets.ConnectionString);
        _grabs = _parts.Grabs();
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _parts.Dispose();
        await _packets.MustHoldAllShares();
        await _packets.DisposeAsync();
    }

    /// <summary>One caller, so that each grab is one script call.</summary>
    [Benchmark(OperationsPerInvoke = Alone)]
    public async Task OneByOne()
    {
        for (var i = 0; i < Alone; i++)
            await Grab();
    }

    /// <summary>64 callers, whose grabs share script calls.</summary>
    [Benchmark(OperationsPerInvoke = Together)]
    public async Task Coalesced()
    {
        var left = Together;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await Grab();
        }));
    }

    private async Task Grab()
    {
        string packet, user;
        lock (_packets)
            (packet, user) = _packets.Next();
        await _grabs.Grab(0, packet, user);
    }
}
