using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// For readers: a pooled connection would go on reading a file that was deleted or replaced. Its answers would come from a
/// ledger that nobody uses any more.
/// </summary>
internal sealed class MovedFileCheck : DbConnectionInterceptor
{
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Check(connection);

    public override Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Check(connection);
        return Task.CompletedTask;
    }

    private static void Check(DbConnection connection)
    {
        var sqlite = (SqliteConnection)connection;
        if (!SqliteLedgerFile.HasMoved(sqlite))
            return;
        SqliteConnection.ClearPool(sqlite);
        sqlite.Close();
        throw new LedgerUnavailableException($"The file {sqlite.DataSource} was moved, deleted or replaced while in use.");
    }
}
