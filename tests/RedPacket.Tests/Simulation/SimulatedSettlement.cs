using Microsoft.Extensions.Logging.Abstractions;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Settlement;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>The real settler, and the ways in which it dies. While the ledger is away it holds the messages that it has taken.</summary>
/// <param name="deaf">A closed connection: a settler that acknowledges over it has died before.</param>
internal sealed class SimulatedSettlement(
    IConnectionMultiplexer connection, IConnectionMultiplexer deaf, SimulatedLedger ledger, SimulatedBus bus, ClientRecord record,
    TimeProvider clock) : IAsyncDisposable
{
    private readonly Settler _settler = new(
        ledger.Journal, Late(connection, ledger, clock), new OutboxAcknowledgement(connection), clock, NullLogger<Settler>.Instance);
    private readonly Settler _deaf = new(
        ledger.Journal, Late(connection, ledger, clock), new OutboxAcknowledgement(deaf), clock, NullLogger<Settler>.Instance);
    private readonly List<(BusMessage Message, Task Settling)> _delivered = [];
    private CancellationTokenSource _lives = new();

    /// <summary>Messages that it has taken and not acknowledged.</summary>
    public IEnumerable<BusMessage> Delivered => _delivered.Select(each => each.Message);

    /// <summary>Takes a message, so many times in parallel.</summary>
    public async Task Take(BusMessage message, int times = 1)
    {
        var settling = Enumerable.Range(0, times).Select(_ => _settler.Settle(message.Body, message.Slow, _lives.Token)).ToList();
        if (ledger.IsUp)
            await Done(message, Task.WhenAll(settling));
        else
            _delivered.AddRange(settling.Select(each => (message, each)));
    }

    /// <summary>Records and does not acknowledge: the broker still has the message.</summary>
    public async Task TakeAndDie(BusMessage message)
    {
        if (ledger.IsUp)
            await _deaf.Settle(message.Body, message.Slow, SimulatedWorld.Stop);
        bus.GiveBack(message);
    }

    /// <summary>Dies with all messages that it holds: the broker delivers them again.</summary>
    public async Task Die()
    {
        await _lives.CancelAsync();
        foreach (var (message, settling) in _delivered)
        {
            await settling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            bus.GiveBack(message);
        }
        _delivered.Clear();
        _lives.Dispose();
        _lives = new CancellationTokenSource();
    }

    /// <summary>The ledger is back: the messages that it holds are settled.</summary>
    public async Task Finish()
    {
        foreach (var (message, settling) in _delivered)
            await Done(message, settling);
        _delivered.Clear();
    }

    private async Task Done(BusMessage message, Task settling)
    {
        await settling;
        record.Taken.UnionWith(message.Body.Entries);
    }

    public async ValueTask DisposeAsync()
    {
        await Die();
        _lives.Dispose();
    }

    private static StaleEntries Late(IConnectionMultiplexer connection, SimulatedLedger ledger, TimeProvider clock) =>
        new(ledger.Journal, new PacketEvidence(connection), clock, NullLogger<StaleEntries>.Instance);
}
