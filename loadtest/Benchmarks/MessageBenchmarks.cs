using System.Globalization;
using BenchmarkDotNet.Attributes;
using MassTransit;
using RedPacket.Messages;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>
/// A message from send to consumer over MassTransit's in-memory transport. It measures serialization and dispatch
/// without a broker.
/// </summary>
public class MessageBenchmarks
{
    private const int Times = 100;
    private readonly Uri _queue = new($"queue:{Lanes.Live}");
    private IBusControl _bus = null!;
    private ISendEndpoint _endpoint = null!;
    private TransfersAccepted _message = null!;
    private TaskCompletionSource<int> _arrived = new();

    /// <summary>Entries in the message.</summary>
    [Params(1, 1000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _bus = Bus.Factory.CreateUsingInMemory(memory => memory.ReceiveEndpoint(
            Lanes.Live, endpoint => endpoint.Handler<TransfersAccepted>(Consume)));
        await _bus.StartAsync();
        _endpoint = await _bus.GetSendEndpoint(_queue);
        _message = new TransfersAccepted
        {
            Shard = 0,
            Seqs = [.. Enumerable.Range(1, Entries).Select(n => 2L * n)],
            Entries = [.. Enumerable.Range(1, Entries).Select(n => EntryLines.Grab(0, n, $"user-{n}"))],
            PublishedAt = DateTimeOffset.Parse("2026-01-01T00:00:00Z", CultureInfo.InvariantCulture),
        };
    }

    [GlobalCleanup]
    public Task Cleanup() => _bus.StopAsync();

    /// <summary>Sends a message when the previous one has arrived.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public async Task RoundTrip()
    {
        for (var i = 0; i < Times; i++)
        {
            _arrived = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            await _endpoint.Send(_message);
            if (await _arrived.Task != Entries)
                throw new InvalidOperationException("Not all entries arrived.");
        }
    }

    private Task Consume(ConsumeContext<TransfersAccepted> context)
    {
        _arrived.TrySetResult(context.Message.Entries.Length);
        return Task.CompletedTask;
    }
}
