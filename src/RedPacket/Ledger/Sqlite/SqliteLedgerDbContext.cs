using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// The ledger's tables as SQLite has them. Only its migrations are made and applied through this; reading goes through
/// <see cref="LedgerDbContext"/>.
/// </summary>
internal sealed class SqliteLedgerDbContext(DbContextOptions<SqliteLedgerDbContext> options) : LedgerDbContext(options)
{
    public static SqliteLedgerDbContext Open(string connectionString) =>
        new(new DbContextOptionsBuilder<SqliteLedgerDbContext>().UseSqlite(connectionString)
            .ReplaceService<IMigrationsSqlGenerator, StrictTables>().ConfigureWarnings(LedgerUpgrade.CompareNoModels).Options);

    /// <summary>For <c>dotnet ef migrations add</c>; opens nothing.</summary>
    internal sealed class Factory : IDesignTimeDbContextFactory<SqliteLedgerDbContext>
    {
        public SqliteLedgerDbContext CreateDbContext(string[] args) => Open("Data Source=design.db");
    }
}
