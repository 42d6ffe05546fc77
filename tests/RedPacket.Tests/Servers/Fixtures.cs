using System.Runtime.CompilerServices;
using Xunit.v3;

namespace RedPacket.Tests.Servers;

/// <summary>
/// A Redis for one test class. Where it is not installed it is not started, and its first use skips the test.
/// </summary>
public sealed class RedisFixture : RedisServer, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        if (Installed.Has(Installed.Redis))
            await Start();
    }
}

/// <summary>A RabbitMQ node for a collection of test classes.</summary>
public sealed class RabbitFixture : RabbitServer, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        if (Installed.Has(Installed.RabbitMq))
            await Start();
    }
}

/// <summary>
/// A PostgreSQL for one test class that stops it, or changes how it runs. The others take <see cref="SharedPostgres"/>.
/// </summary>
public sealed class PostgresFixture : PostgresServer, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        if (Installed.Has(Installed.Postgres))
            await Start();
    }
}

/// <summary>
/// A missing server skips the test with a reason. With REQUIRE_SERVERS=1, which tests/run.sh sets, it is a failure.
/// </summary>
internal static class MissingServers
{
    [ModuleInitializer]
    internal static void AreSkips()
    {
        if (Environment.GetEnvironmentVariable("REQUIRE_SERVERS") != "1")
            ServerMissingException.Prefix = DynamicSkipToken.Value;
    }
}
