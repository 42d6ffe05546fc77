using System.Globalization;
using Microsoft.EntityFrameworkCore;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Ledger.Followers;
using RedPacket.Messages;

namespace RedPacket.Feed;

/// <summary>
/// Publishes the ledger's transfers in their order, each of them at least once (PROTOCOL 9.2). The position moves after
/// the broker has confirmed, so whatever dies, messages come again and none is left out. Any number may run. One works at
/// a time, by a lease in the row of the position. While no queue is bound it asks with one transfer a second whether one is,
/// and passes over the others: a subscriber binds first, and reads the feed then.
/// </summary>
internal sealed class Announcer : BackgroundService
{
    /// <summary>Transfers in a message, at most.</summary>
    public const int PerMessage = 1000;

    /// <summary>Messages between two saves, at most. After a crash so many come again.</summary>
    public const int PerRound = 10;

    /// <summary>How long a holder that has died keeps the others waiting.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromSeconds(5);

    /// <summary>A save is a transaction of the ledger, so there are four a second at most.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_untilBound = TimeSpan.FromSeconds(1);

    private readonly FeedReader _feed;
    private readonly IDbContextFactory<LedgerDbContext> _contexts;
    private readonly AnnouncedRecord _record;
    private readonly AnnouncementSender _sender;
    private readonly AnnouncedShares _traces;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Loop _loop;
    private readonly Backoff _pauses;
    private readonly string _name =
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}");
    private TimeSpan _pause = s_pause;
    private DateTimeOffset? _lostAt;
    private bool _isUnroutable;

    public Announcer(
        FeedReader feed, IDbContextFactory<LedgerDbContext> contexts, AnnouncedRecord record, AnnouncementSender sender,
        AnnouncedShares traces, TimeProvider clock, ILogger<Announcer> logger)
    {
        (_feed, _contexts, _record, _sender, _traces) = (feed, contexts, record, sender, traces);
        (_clock, _logger) = (clock, logger);
        _loop = new Loop(clock, LedgerOutage.IsUnread, outage => logger.AnnouncingPostponed(outage.Message));
        _pauses = new Backoff(s_pause, TimeSpan.FromSeconds(5), clock, jitter: true);
    }

    /// <summary>Transfers that are not announced yet; null while another announcer works.</summary>
    public long? Waiting { get; private set; }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _loop.Run(() => _pause, Round, stoppingToken);

    /// <summary>Announces what is new, and saves the position once.</summary>
    internal async Task Round(CancellationToken stopping)
    {
        _pause = s_pause;
        _traces.Complete();
        if (await Row(stopping) is not { } row)
        {
            await _record.Begin(stopping);
            return;
        }
        var now = _clock.GetUtcNow();
        // A lease that ends later than any lease can was written by a clock that is wrong.
        if (row.Holder != _name && now.ToUnixTimeMilliseconds() < row.Until && row.Until <= (now + Term).ToUnixTimeMilliseconds())
        {
            Waiting = null;
            return;
        }
        var page = await Page(row.Position, stopping);
        Waiting = page.Head - row.Position;
        if (page.Transfers.Count == 0 || !await Hold(row, now, stopping))
            return;
        var position = await Publish(page, row.Position, stopping);
        if (position == row.Position)
            return;
        if (!await _record.Save(_name, row.Position, position, _clock.GetUtcNow() + Term, stopping))
            _logger.PositionMoved(row.Position);
        Waiting = Math.Max(0, page.Head - position);
    }

    private async Task<AnnouncedRow?> Row(CancellationToken stopping)
    {
        await using var db = await _contexts.CreateDbContextAsync(stopping);
        return await db.Announced.AsNoTracking().SingleOrDefaultAsync(stopping);
    }

    private Task<FeedPage> Page(long after, CancellationToken stopping) =>
        _feed.Page(new FeedRequest(after, _isUnroutable ? 1 : PerMessage), stopping);

    // An idle announcer does not renew its lease, so that an idle ledger gets no transactions.
    private async Task<bool> Hold(AnnouncedRow row, DateTimeOffset now, CancellationToken stopping)
    {
        if (row.Holder == _name && now.ToUnixTimeMilliseconds() < row.Until)
            return true;
        if (!await _record.Take(_name, row.Position, now, Term, stopping))
            return false;
        if (row.Holder != _name)
            _logger.AnnouncingTaken(row.Position);
        return true;
    }

    // Returns the last transfer that the broker has for certain, or the newest one while no queue is bound.
    private async Task<long> Publish(FeedPage page, long position, CancellationToken stopping)
    {
        for (var sent = 0; sent < PerRound && page.Transfers.Count > 0; sent++)
        {
            CrashPoint.Pass(CrashPoint.Announcing);
            if (!await Send(page, stopping))
                break;
            CrashPoint.Pass(CrashPoint.Announced);
            if (_isUnroutable)
            {
                _pause = s_untilBound;
                return page.Head;
            }
            _traces.Add(page.Transfers);
            position = page.Next;
            page = await Page(position, stopping);
        }
        return position;
    }

    private async Task<bool> Send(FeedPage page, CancellationToken stopping)
    {
        var transfers = page.Transfers;
        var message = new TransfersSettled { Ledger = page.Ledger, From = transfers[0].Id, To = transfers[^1].Id, Transfers = transfers };
        var (outcome, reason) = await _sender.Send(message, stopping);
        if (outcome == AnnouncementOutcome.Lost)
        {
            if (_lostAt is null)
                _logger.AnnouncerLostBroker(reason);
            _lostAt ??= _clock.GetUtcNow();
            _pause = _pauses.Failed();
            return false;
        }
        if (_lostAt is { } since)
            _logger.AnnouncerGotBroker((_clock.GetUtcNow() - since).TotalSeconds);
        _lostAt = null;
        _pauses.Reset();
        if (_isUnroutable != (outcome == AnnouncementOutcome.Unroutable))
            NoteRoute(message.From);
        return true;
    }

    private void NoteRoute(long first)
    {
        _isUnroutable = !_isUnroutable;
        if (_isUnroutable)
            _logger.AnnouncementsUnroutable();
        else
            _logger.AnnouncementsRoutable(first);
    }
}
