using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Ledger;
using RedPacket.Ledger.Pauses;
using RedPacket.Ledger.Writing;

namespace RedPacket.Tests.Ledger;

/// <summary>When the writer asks whether settlement is paused.</summary>
public sealed class PauseWatchTests : IDisposable
{
    private static readonly Pause s_pause = new(DateTimeOffset.UnixEpoch, "olga", "a test");
    private readonly FakeTimeProvider _clock = new();
    private readonly AskedLedger _ledger = new();
    private readonly PauseWatch _watch;

    public PauseWatchTests() => _watch = new PauseWatch(_ledger, _clock, NullLogger.Instance);

    [Fact]
    public void ItAsksOnceASecond()
    {
        _watch.Look();
        _ledger.Answer = s_pause;
        _watch.Look();
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        _watch.Look();
        var before = (_ledger.Asked, _watch.Current);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _watch.Look();

        Assert.Equal((1, null), before);
        Assert.Equal((2, s_pause), (_ledger.Asked, _watch.Current));
    }

    // A chunk that waited out an outage must not pass a pause that was ordered meanwhile.
    [Fact]
    public void AfterAFailure_ItAsksBeforeTheNextUse()
    {
        _watch.Look();
        _ledger.Answer = s_pause;
        _watch.Forget();

        _watch.Look();

        Assert.Equal(s_pause, _watch.Current);
    }

    [Fact]
    public void LedgerThatCannotBeAsked_LeavesWhatWasKnown_AndIsAskedAgain()
    {
        _ledger.Answer = s_pause;
        _watch.Look();
        _ledger.Away = true;
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Throws<LedgerUnavailableException>(_watch.Look);
        var during = _watch.Current;
        (_ledger.Away, _ledger.Answer) = (false, null);
        _watch.Look();

        Assert.Equal((s_pause, null), (during, _watch.Current));
    }

    public void Dispose() => _ledger.Dispose();

    private sealed class AskedLedger : LedgerWriter
    {
        public Pause? Answer { get; set; }
        public bool Away { get; set; }
        public int Asked { get; private set; }

        public override Pause? ReadPause()
        {
            Asked++;
            return Away ? throw new LedgerUnavailableException("away") : Answer;
        }

        public override void Open()
        {
        }

        public override int Insert(IReadOnlyList<ChunkSlice> parts, long nowMs) => throw new NotSupportedException();

        public override void ParkRefused(ChunkSlice part, string detail, long nowMs) => throw new NotSupportedException();

        public override void Execute(Action<LedgerTransaction> work) => throw new NotSupportedException();

        public override void Probe()
        {
        }

        public override void Failed(Exception exception)
        {
        }

        public override void Dispose()
        {
        }
    }
}
