using RedPacket.LoadTest.Baselines;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.Tests.LoadTool;

/// <summary>Compares the record of answers with the rows in a baseline's ledger.</summary>
public sealed class BaselinesLossTests : IDisposable
{
    private readonly Folder _folder = new("baselines-loss");
    private readonly PacketIds _packets = new(1, 100, 10_000);
    private readonly Callers _callers = Callers.ByHeader(10);
    private readonly GrabRecord _record = new();
    private readonly BaselineLedger _ledger;

    public BaselinesLossTests()
    {
        _ledger = new BaselineLedger(Path);
        _packets.Add(0, "0-a");
        for (var n = 1; n <= 3; n++)
            _record.Add(new Win(0, n, n, 100 * n));
    }

    public void Dispose()
    {
        _ledger.Dispose();
        _folder.Dispose();
    }

    private string Path => _folder.File("ledger.db");

    [Fact]
    public async Task EveryShareRecorded_NothingIsLost()
    {
        var loss = await Recorded(1, 2, 3);
        Assert.Equal(new LossCount(3, 0, 0, 0, true), loss);
        Assert.True(loss.IsLossless);
        Assert.Equal(3, BaselineRows.Count(Path));
    }

    [Fact]
    public async Task UnpublishedMessage_IsLost() =>
        Assert.Equal(new LossCount(3, 1, 0, 0, true), await Recorded(1, 3));

    [Fact]
    public async Task MessageDeliveredTwice_IsDuplicated() =>
        Assert.Equal(new LossCount(3, 0, 1, 0, true), await Recorded(1, 2, 3, 2));

    [Fact]
    public async Task UnconfirmedShare_IsUnexpected() =>
        Assert.Equal(new LossCount(3, 0, 0, 1, true), await Recorded(1, 2, 3, 4));

    [Fact]
    public async Task RowOfAnotherPacket_IsIgnored()
    {
        await _ledger.Add(new BaselineTransfer { PacketId = "0-other", UserId = "load-1", Ordinal = 1, AmountFen = 100 });
        Assert.True((await Recorded(1, 2, 3)).IsLossless);
    }

    [Fact]
    public async Task QueueNotEmpty_LeavesTheLossUnknown()
    {
        var loss = await Recorded(1) with { Complete = false };
        Assert.False((loss with { Lost = 0 }).IsLossless);
        Assert.StartsWith("unknown", loss.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void LossesOfIntervals_AddUp()
    {
        var sum = new LossCount(10, 1, 2, 3, true) + new LossCount(20, 0, 1, 0, false);
        Assert.Equal(new LossCount(30, 1, 3, 3, false), sum);
    }

    [Fact]
    public void Split_GivesEachShareAFenAndAddsUp()
    {
        foreach (var (amount, count) in new[] { (1L, 1), (7L, 7), (10_000L, 100), (101L, 100) })
        {
            var shares = NaiveStore.Split(amount, count).ToArray();
            Assert.Equal((count, amount), (shares.Length, shares.Sum()));
            Assert.All(shares, fen => Assert.True(fen >= 1));
        }
    }

    private async Task<LossCount> Recorded(params int[] users)
    {
        foreach (var user in users)
            await _ledger.Add(new BaselineTransfer { PacketId = "0-a", UserId = $"load-{user}", Ordinal = user, AmountFen = 100 * user });
        var check = MoneyCheck.Of(_record, BaselineRows.Read(Path, _packets, _callers), "ledger", _packets, _callers);
        return LossCount.Of(check, queueWasEmpty: true);
    }
}
