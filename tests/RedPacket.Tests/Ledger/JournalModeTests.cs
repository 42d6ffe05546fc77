using Microsoft.Data.Sqlite;
using RedPacket.Ledger;
using RedPacket.Ledger.Sqlite;

namespace RedPacket.Tests.Ledger;

/// <summary>
/// A ledger without a write-ahead log is not used: commits would not be what the service says they are.
/// </summary>
public sealed class JournalModeTests
{
    [Fact]
    public void LedgerThatCannotHaveALog_IsRefusedWithTheRemedy()
    {
        // SQLite keeps the mode "memory" for such a database, and reports no error. A network file system does the same
        // with others.
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();

        var refusal = Assert.Throws<LedgerUnavailableException>(() => SqliteLedgerFile.MustHaveALog(connection));

        Assert.Contains("journal mode is memory", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("local disk", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LedgerInAFile_HasALog()
    {
        using var folder = new Folder("log");
        using var connection = new SqliteConnection($"Data Source={folder.File("ledger.db")};Pooling=False");
        connection.Open();

        SqliteLedgerFile.MustHaveALog(connection);

        Assert.Equal(System.Data.ConnectionState.Open, connection.State);
    }
}
