namespace RedPacket.Drills.Servers;

/// <summary>Which server programs this machine has. A test that needs one which is not here is skipped with a reason, decided before anything is started.</summary>
public static class Installed
{
    /// <summary>Redis 7, as Debian installs it.</summary>
    public const string Redis = "redis-server";

    /// <summary>RabbitMQ's own start script; the one on the path of Debian insists on running as the user rabbitmq.</summary>
    public const string RabbitMq = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    /// <summary>PostgreSQL, the newest that Debian's packages have put here; its tools stand beside it.</summary>
    public static string Postgres { get; } = NewestPostgres();

    /// <summary>REQUIRE_SERVERS=1 (tests/run.sh sets it): a missing server is a failure, not a skip.</summary>
    public static bool Required => Environment.GetEnvironmentVariable("REQUIRE_SERVERS") == "1";

    /// <summary>True when the program is on this machine.</summary>
    public static bool Has(string program) => Find(program) is not null;

    /// <summary>Skips the running test, or fails it when servers are required, if the program is not here; its full path otherwise.</summary>
    public static string Require(string program)
    {
        if (Find(program) is { } path)
            return path;
        Missing($"{program} is not installed (tests/run.sh installs it)");
        return "";
    }

    /// <summary>Skips what cannot be done on this machine, or fails it when servers are required.</summary>
    public static void Missing(string reason)
    {
        if (Required)
            Assert.Fail(reason);
        Assert.Skip(reason);
    }

    private static string NewestPostgres()
    {
        const string packages = "/usr/lib/postgresql";
        var versions = Directory.Exists(packages) ? Directory.GetDirectories(packages) : [];
        var newest = versions.Where(version => File.Exists(Path.Combine(version, "bin", "postgres")))
            .MaxBy(version => int.TryParse(Path.GetFileName(version), out var number) ? number : 0);
        return newest is null ? "postgres" : Path.Combine(newest, "bin", "postgres");
    }

    private static string? Find(string program)
    {
        if (Path.IsPathRooted(program))
            return File.Exists(program) ? program : null;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Append("/usr/bin").Append("/usr/sbin").Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }
}
