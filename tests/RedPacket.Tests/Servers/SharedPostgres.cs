using System.Collections.Concurrent;
using Npgsql;
using RedPacket.Tests.Servers;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace RedPacket.Tests.Servers;

/// <summary>
/// The one PostgreSQL of a test run, started when the first test asks for a database.
/// A test that stops the server or changes its settings takes a <see cref="PostgresFixture"/>.
/// </summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    /// <summary>Connection settings with which a busy machine does not count as an outage.</summary>
    public const string Patient = "Timeout=60";

    private readonly ConcurrentBag<string> _emptied = [];

    private readonly Lazy<Task<PostgresServer>> _server = new(async () =>
    {
        var server = new PostgresServer();
        await server.Start();
        return server;
    });

    /// <summary>A database without a row; skips the test where there is no server.</summary>
    public async Task<string> Take()
    {
        Installed.Require(Installed.Postgres);
        return _emptied.TryTake(out var database)
            ? database
            : $"{await (await _server.Value).NewDatabase()};{Patient}";
    }

    /// <summary>Empties a database for the next test: making one, and its tables, takes far longer.</summary>
    public void Return(string database)
    {
        using var connection = new NpgsqlConnection($"{database};Pooling=false");
        using var command = new NpgsqlCommand("""
            SET lock_timeout = 5000;
            TRUNCATE accounts, alerts, announced, audits, digests, house, packets, parked, recordings, reports, shards, subscribers,
                transfers, writers
                RESTART IDENTITY
            """, connection);
        try
        {
            connection.Open();
            command.ExecuteNonQuery();
            _emptied.Add(database);
        }
        catch (PostgresException unusable)
        {
            // Without its tables, or still in use: it is left alone, and the next test gets another.
            TestContext.Current.SendDiagnosticMessage($"{connection.Database} is not used again: {unusable.MessageText}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
            await (await _server.Value).DisposeAsync();
    }
}
