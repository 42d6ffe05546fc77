using System.Text.Json;
using BenchmarkDotNet.Attributes;
using MassTransit.Serialization;
using RedPacket.Messages;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>From the outbox to the bytes of a message, for a chunk of 1000 entries.</summary>
public class ChunkBenchmarks : IAsyncDisposable
{
    private const int Entries = 1000;
    private const int Times = 100;
    private PacketsInRedis _packets = null!;
    private ServiceParts _parts = null!;
    private Func<int, long, long, int, Task> _read = null!;
    private Func<object, TransfersAccepted> _message = null!;
    private object _page = null!;

    [GlobalSetup]
    public async Task Setup()
    {
        _packets = await PacketsInRedis.With(Entries / PacketsInRedis.Shares);
        _parts = new ServiceParts(new Dictionary<string, string?> { ["ConnectionStrings:Redis"] = _packets.ConnectionString },
            "Packets.PacketsSetup.AddPackets", "Outbox.OutboxSetup.AddOutbox", "Grabs.GrabsSetup.AddGrabs");
        var grab = _parts.Grabs();
        await Task.WhenAll(Enumerable.Range(0, Entries).Select(_ => _packets.Next()).Select(next => grab(0, next.Packet, next.User)));
        _read = _parts.OutboxPages();
        _message = ServiceParts.Messages();
        _page = await Page();
        if (_message(_page).Entries.Length != Entries)
            throw new InvalidOperationException($"The outbox held {_message(_page).Entries.Length} of {Entries} entries.");
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _parts.Dispose();
        await _packets.DisposeAsync();
    }

    /// <summary>Redis to a page of entries.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public async Task ReadPage()
    {
        for (var i = 0; i < Times; i++)
            await Page();
    }

    /// <summary>A page to a message to JSON, as MassTransit writes it (without its envelope).</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public int BuildMessage()
    {
        var bytes = 0;
        for (var i = 0; i < Times; i++)
            bytes += JsonSerializer.SerializeToUtf8Bytes(_message(_page), SystemTextJsonMessageSerializer.Options).Length;
        return bytes;
    }

    private async Task<object> Page()
    {
        var read = _read(0, 0, long.MaxValue / 2, Entries);
        await read;
        return ServiceParts.ResultOf(read);
    }
}
