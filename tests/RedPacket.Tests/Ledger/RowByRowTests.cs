using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using RedPacket.Ledger;
using RedPacket.Messages;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>
/// A row that fails is parked or left within the same transaction, without a trace, and at no cost to the others.
/// </summary>
public sealed class RowByRowTests : IDisposable
{
    private const int Left = 5006;
    private const int TookApart = 5004;
    private const int Conflicted = 5008;
    private readonly TestLedger _disk = new();

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task RowsFailTransiently_AreRetriedAndTheRestIsRecordedInOneTransaction()
    {
        var journal = await _disk.Open();
        _disk.Execute(
            "CREATE TRIGGER fault BEFORE INSERT ON transfers WHEN NEW.kind = 2 AND NEW.ordinal % 3 = 0 BEGIN SELECT json('{'); END");
        Entry[] grabs = [.. Enumerable.Range(1, 300).Select(i => Grab(P1, i, $"u{i}", 1))];

        var outcomes = await journal.Enqueue(Live([Fund(P1, 1000), .. grabs]), TestLedger.Stop);

        Assert.Equal(grabs.Select(grab => grab.Ordinal % 3 == 0 ? RecordOutcome.Left : RecordOutcome.Inserted), outcomes[1..]);
        Assert.Equal((1, 0), (_disk.Log.Count(Left), _disk.Log.Count(TookApart)));
        Assert.Equal(1, _disk.Number("SELECT count(*) FROM recordings"));
        Assert.Equal(200, _disk.Number("SELECT count(*) FROM accounts WHERE kind = 3"));
        _disk.MustBalance();
    }

    [Fact]
    public async Task RefusedRow_LeavesNeitherPacketNorAccount()
    {
        var journal = await _disk.Open();

        var outcomes = await journal.Enqueue(
            Live(Fund(P1, 100), Fund(P2, 134217728), Grab(P1, 1, "a", 60), Grab(P1, 2, "b", 60), Grab(P1, 3, "c", 40)),
            TestLedger.Stop);

        var (done, not) = (RecordOutcome.Inserted, RecordOutcome.Parked);
        Assert.Equal([done, not, done, not, done], outcomes);
        Assert.Equal(
            (0, 0),
            (_disk.Number($"SELECT count(*) FROM packets WHERE packet_id = '{P2}'"),
            _disk.Number("SELECT count(*) FROM accounts WHERE code IN ('wallet:b')")));
        Assert.Equal(0, _disk.Log.Count(TookApart));
        _disk.MustBalance();
    }

    [Fact]
    public async Task FailureOfSeveralRowsTogether_IsBisected()
    {
        var journal = await _disk.Open();
        _disk.Execute("CREATE TRIGGER fault BEFORE INSERT ON recordings BEGIN SELECT json('{'); END");

        Assert.Equal(
            [RecordOutcome.Left, RecordOutcome.Left],
            await journal.Enqueue(Live(Fund(P1, 100), Grab(P1, 1, "a", 1)), TestLedger.Stop));

        _disk.Execute("DROP TRIGGER fault");
        Assert.Equal(
            [RecordOutcome.Inserted, RecordOutcome.Inserted],
            await journal.Enqueue(Slow(Fund(P1, 100), Grab(P1, 1, "a", 1)), TestLedger.Stop));
    }

    [Fact]
    public async Task ParkedRows_AreCountedByReasonAndAConflictHasASeparateAlarm()
    {
        var counted = new ConcurrentDictionary<string, long>();
        using var meters = new MeterListener { InstrumentPublished = (instrument, self) => Listen(instrument, self) };
        meters.SetMeasurementEventCallback<long>(
            (_, number, tags, _) =>
                counted.AddOrUpdate((string)tags[0].Value!, number, (_, before) => before + number));
        meters.Start();
        var journal = await _disk.Open();

        await journal.Enqueue(Live(Fund(P1, 100), Grab(P1, 1, "a", 60), Grab(P1, 2, "b", 60), null), TestLedger.Stop);
        Assert.Equal(0, _disk.Log.Count(Conflicted));
        await journal.Enqueue(Live(Grab(P1, 1, "mallory", 60)), TestLedger.Stop);

        Assert.Equal(1, _disk.Log.Count(Conflicted));
        // Other tests park too, at the same time.
        Assert.All(["conflict", "refused", "unreadable"], reason => Assert.True(counted[reason] >= 1, reason));
    }

    private static void Listen(Instrument instrument, MeterListener listener)
    {
        if (instrument is { Name: "redpacket.ledger.parked", Meter.Name: "RedPacket" })
            listener.EnableMeasurementEvents(instrument);
    }
}
