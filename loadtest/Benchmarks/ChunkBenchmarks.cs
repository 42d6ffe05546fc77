using System.Text.Json;
using BenchmarkDotNet.Attributes;
using MassTransit.Serialization;
using RedPacket.Outbox;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>A chunk of 1000 entries from the outbox to the bytes of a message.</summary>
public class ChunkBenchmarks : IAsyncDisposable
{
    private const int Entries = 1000;
    private const int Times = 100;
    private readonly RelaySender _sender = new(null!, new BrokerSettings((Uri?)null), new OutboxOptions(), TimeProvider.System);
    private PacketsInRedis _packets = null!;
    private ServiceParts _parts = null!;
    private OutboxReader _outbox = null!;
    private OutboxPage _page = null!;

    [GlobalSetup]
    public async Task Setup()
    {
        _packets = await PacketsInRedis.With(Entries / PacketsInRedis.Shares);
        _parts = ServiceParts.OnRedis(_packets.ConnectionString);
        var grabs = _parts.Grabs();
        await Task.WhenAll(Enumerable.Range(0, Entries).Select(_ => _packets.Next()).Select(next => grabs.Grab(0, next.Packet, next.User)));
        _outbox = _parts.Outbox();
        _page = await Page();
        if (_page.Entries.Count != Entries)
            throw new InvalidOperationException($"The outbox held {_page.Entries.Count} of {Entries} entries.");
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _parts.Dispose();
        await _packets.DisposeAsync();
    }

    /// <summary>Reads a page of entries from Redis.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public async Task ReadPage()
    {
        for (var i = 0; i < Times; i++)
            await Page();
    }

    /// <summary>Turns a page into a message and into JSON as MassTransit writes it, without the envelope.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public int BuildMessage()
    {
        var bytes = 0;
        for (var i = 0; i < Times; i++)
        {
            var message = _sender.Message(0, _page.Run, _page.Entries, null);
            bytes += JsonSerializer.SerializeToUtf8Bytes(message, SystemTextJsonMessageSerializer.Options).Length;
        }
        return bytes;
    }

    private Task<OutboxPage> Page() => _outbox.Read(0, 0, long.MaxValue / 2, Entries);
}
