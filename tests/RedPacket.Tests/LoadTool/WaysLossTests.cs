using Microsoft.Data.Sqlite;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.LoadTest.Ways;

namespace RedPacket.Tests.LoadTool;

/// <summary>Compares the record of answers with the rows in a peer's ledger.</summary>
public sealed class WaysLossTests : IDisposable
{
    private readonly Folder _folder = new("ways-loss");
    private readonly PacketIds _packets = new(1, 100, 10_000);
    private readonly Callers _callers = Callers.ByHeader(10);
    private readonly GrabRecord _record = new();
    private readonly SqliteConnection _ledger;

    public WaysLossTests()
    {
        _ledger = new SqliteConnection($"Data Source={Path};Pooling=False");
        _ledger.Open();
        Execute($"CREATE TABLE Transfers (PacketId TEXT, UserId TEXT, Ordinal INTEGER, AmountFen INTEGER)");
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
    public void EveryShareRecorded_NothingIsLost()
    {
        var loss = Recorded(1, 2, 3);
        Assert.Equal(new LossCount(3, 0, 0, 0, 0, true), loss);
        Assert.True(loss.IsLossless);
        Assert.Equal(3, new PeerRows(Path).Count());
    }

    [Fact]
    public void UnpublishedMessage_IsLost() =>
        Assert.Equal(new LossCount(3, 1, 0, 0, 0, true), Recorded(1, 3));

    [Fact]
    public void MessageDeliveredTwice_IsDuplicated() =>
        Assert.Equal(new LossCount(3, 0, 1, 0, 0, true), Recorded(1, 2, 3, 2));

    [Fact]
    public void UnconfirmedShare_IsUnexpected() =>
        Assert.Equal(new LossCount(3, 0, 0, 1, 0, true), Recorded(1, 2, 3, 4));

    [Fact]
    public void RowOfAnotherPacket_IsIgnored()
    {
        Execute($"INSERT INTO Transfers VALUES ('0-other', 'load-1', 1, 100)");
        Assert.True(Recorded(1, 2, 3).IsLossless);
    }

    [Fact]
    public void QueueNotEmpty_LeavesTheLossUnknown()
    {
        var loss = Recorded(1) with { IsComplete = false };
        Assert.False((loss with { Lost = 0 }).IsLossless);
        Assert.StartsWith("unknown", loss.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void LossesOfIntervals_AddUp()
    {
        var sum = new LossCount(10, 1, 2, 3, 4, true) + new LossCount(20, 0, 1, 0, 1, false);
        Assert.Equal(new LossCount(30, 1, 3, 3, 5, false), sum);
    }

    [Fact]
    public void ShareThatRedisGrantedAndNobodyRecorded_IsALoss()
    {
        var loss = Recorded(1, 2, 3) with { NeverRecorded = 1 };
        Assert.False(loss.IsLossless);
        Assert.Equal("0 lost, 0 duplicated, 1 granted but never recorded of 3", loss.ToString());
    }

    private LossCount Recorded(params int[] users)
    {
        foreach (var user in users)
            Execute($"INSERT INTO Transfers VALUES ('0-a', 'load-{user}', {user}, {100 * user})");
        var check = MoneyCheck.Of(_record, new PeerRows(Path).Read(_packets, _callers), "ledger", _packets, _callers);
        return LossCount.Of(check, neverRecorded: 0, queueWasEmpty: true);
    }

    private void Execute(FormattableString statement)
    {
        using var command = _ledger.CreateCommand();
        command.CommandText = FormattableString.Invariant(statement);
        command.ExecuteNonQuery();
    }
}
