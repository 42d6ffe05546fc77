using Microsoft.EntityFrameworkCore;
using Npgsql;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>Forms of the connection string that are common where PostgreSQL is run for many programs.</summary>
[Needs("servers")]
public sealed class PostgresAddressTests(PostgresFixture server) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task OwnSchema_HasTheWholeLedger_AndIsFoundAgain()
    {
        Installed.Require(Installed.Postgres);
        var database = await server.NewDatabase();
        await using (var connection = new NpgsqlConnection($"{database};Pooling=false"))
        {
            await connection.OpenAsync(TestLedger.Stop);
            await using var create = new NpgsqlCommand("CREATE SCHEMA redpacket", connection);
            await create.ExecuteNonQueryAsync(TestLedger.Stop);
        }
        using var ledger = TestLedger.At($"{database};{SharedPostgres.Patient};Search Path=redpacket");

        await RecordedTwice(ledger);

        Assert.Equal(0, ledger.Number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    [Fact]
    public async Task SeveralHosts_TheOneThatTakesWritesIsUsed()
    {
        Installed.Require(Installed.Postgres);
        var builder = new NpgsqlConnectionStringBuilder(await server.NewDatabase());
        builder.Host = $"127.0.0.1:{Ports.Free()},{builder.Host}:{builder.Port}";
        builder.TargetSessionAttributes = "primary";
        using var ledger = TestLedger.At($"{builder.ConnectionString};{SharedPostgres.Patient}");

        await RecordedTwice(ledger);
    }

    // By two journals, the second of which finds what the first has written.
    private static async Task RecordedTwice(TestLedger ledger)
    {
        using (var first = await ledger.Open())
            await first.Enqueue(Live(Fund(P1, 100), Grab(P1, 1, "alice", 30)), TestLedger.Stop);
        var second = await ledger.Open();

        await second.Enqueue(Live(Grab(P1, 1, "alice", 30), Grab(P1, 2, "bob", 20)), TestLedger.Stop);

        await using var reader = ledger.Read();
        Assert.Equal(150, await reader.Transfers.SumAsync(transfer => transfer.AmountFen, TestLedger.Stop));
        ledger.MustBalance();
    }
}
