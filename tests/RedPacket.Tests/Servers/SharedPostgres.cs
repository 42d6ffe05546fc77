using RedPacket.Tests.Servers;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace RedPacket.Tests.Servers;

/// <summary>
/// The one PostgreSQL of a test run, started when the first test asks for a database. Whoever stops a server, or changes how it runs, takes a
/// <see cref="PostgresServer"/> of his own.
/// </summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresServer>> _server = new(async () =>
    {
        Installed.Require(Installed.Postgres);
        var server = new PostgresServer();
        await server.InitializeAsync();
        return server;
    });

    /// <summary>The server; skips the test where there is none.</summary>
    public async Task<PostgresServer> Server()
    {
        Installed.Require(Installed.Postgres);
        return await _server.Value;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated && Installed.Has(Installed.Postgres))
            await (await _server.Value).DisposeAsync();
    }
}
