using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Npgsql;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// The ledger's tables as PostgreSQL has them. Only its migrations are made and applied through this; reading goes
/// through <see cref="LedgerDbContext"/>.
/// </summary>
internal sealed class PostgresLedgerDbContext(DbContextOptions<PostgresLedgerDbContext> options) : LedgerDbContext(options)
{
    public static PostgresLedgerDbContext On(NpgsqlConnection connection) =>
        new(new DbContextOptionsBuilder<PostgresLedgerDbContext>().UseNpgsql(connection)
            .ConfigureWarnings(LedgerUpgrade.CompareNoModels).Options);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        // Room on the page for the next total of the same account, so that the indexes need no new entry.
        modelBuilder.Entity<Account>().ToTable("accounts").HasStorageParameter("fillfactor", 70);
        // A line may be longer than a B-tree's key. The migration keeps the same promise with an exclusion constraint
        // on the hash.
        var parked = modelBuilder.Entity<ParkedEntry>().Metadata;
        parked.RemoveIndex(parked.FindIndex(parked.FindProperty(nameof(ParkedEntry.Payload))!)!);
    }

    /// <summary>For <c>dotnet ef migrations add</c>; opens nothing.</summary>
    internal sealed class Factory : IDesignTimeDbContextFactory<PostgresLedgerDbContext>
    {
        public PostgresLedgerDbContext CreateDbContext(string[] args) => On(new NpgsqlConnection("Host=design"));
    }
}
