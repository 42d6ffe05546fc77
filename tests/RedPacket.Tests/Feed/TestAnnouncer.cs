using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RedPacket.Feed;
using RedPacket.Ledger;
using RedPacket.Ledger.Followers;
using RedPacket.Messages;
using RedPacket.Outbox;
using RedPacket.Tests.Ledger;

namespace RedPacket.Tests.Feed;

/// <summary>
/// An announcer of one process, with its own journal on a test's ledger. What it publishes is kept, and the broker
/// confirms unless the test says otherwise.
/// </summary>
internal sealed class TestAnnouncer
{
    private readonly ConcurrentQueue<int> _logged = new();

    private TestAnnouncer(TestLedger ledger, Journal journal, TimeProvider clock)
    {
        Journal = journal;
        var options = new DbContextOptionsBuilder<LedgerDbContext>();
        ledger.Read(options);
        PooledDbContextFactory<LedgerDbContext> contexts = new(options.Options);
        // The announcer's pages wait for no turn.
        FeedReader feed = new(contexts, null!);
        // Nothing here is followed, so no Redis is asked.
        AnnouncedShares traces = new(null!, clock, NullLogger<AnnouncedShares>.Instance);
        Announcer = new Announcer(feed, contexts, new AnnouncedRecord(journal), Broker, traces, clock, new IdLog(_logged));
    }

    public Announcer Announcer { get; }

    public Journal Journal { get; }

    public TestBroker Broker { get; } = new();

    public static async Task<TestAnnouncer> On(TestLedger ledger, TimeProvider? clock = null) =>
        new(ledger, await ledger.Open(), clock ?? TimeProvider.System);

    /// <summary>How many lines of an event it logged.</summary>
    public int Logged(int eventId) => _logged.Count(each => each == eventId);

    public Task Round() => Announcer.Round(TestLedger.Stop);

    /// <summary>Rounds until everything is announced.</summary>
    public async Task CatchUp()
    {
        do
            await Round();
        while (Announcer.Waiting is null or > 0);
    }

    /// <summary>The process ends as by kill -9: nothing that it does from now on reaches the ledger.</summary>
    public void Die() => Journal.Dispose();

    private sealed class IdLog(ConcurrentQueue<int> ids) : ILogger<Announcer>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            ids.Enqueue(eventId.Id);
    }
}

/// <summary>A broker that keeps every message. It may be away, or a test may do something before it confirms.</summary>
internal sealed class TestBroker() : AnnouncementSender(
    null!, Options.Create(new OutboxOptions()), TimeProvider.System, NullLogger<AnnouncementSender>.Instance)
{
    private readonly List<TransfersSettled> _messages = [];

    public IReadOnlyList<TransfersSettled> Messages => _messages;

    /// <summary>The ids of all transfers, in the order in which they came.</summary>
    public IEnumerable<long> Ids => _messages.SelectMany(message => message.Transfers).Select(transfer => transfer.Id);

    public bool IsAway { get; set; }

    /// <summary>No queue is bound. The messages are kept all the same.</summary>
    public bool IsUnbound { get; set; }

    /// <summary>Happens before the broker has the message.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    /// <summary>Happens when the broker has it, and before it confirms.</summary>
    public Func<Task> After { get; set; } = () => Task.CompletedTask;

    public override async Task<(AnnouncementOutcome Outcome, string Reason)> Send(
        TransfersSettled message, CancellationToken cancellation)
    {
        await Before();
        if (IsAway)
            return (AnnouncementOutcome.Lost, "away");
        _messages.Add(message);
        await After();
        return (IsUnbound ? AnnouncementOutcome.Unroutable : AnnouncementOutcome.Confirmed, "");
    }
}
