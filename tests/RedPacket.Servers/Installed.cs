namespace RedPacket.Servers;

/// <summary>Which server programs this machine has.</summary>
public static class Installed
{
    /// <summary>Redis 7, as Debian installs it.</summary>
    public const string Redis = "redis-server";

    /// <summary>RabbitMQ's own start script; Debian's on the path insists on running as the user rabbitmq.</summary>
    public const string RabbitMq = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    /// <summary>HAProxy, as Debian installs it.</summary>
    public const string Proxy = "/usr/sbin/haproxy";

    /// <summary>The newest PostgreSQL that Debian's packages have put here. Its tools are in the same folder.</summary>
    public static string Postgres { get; } = NewestPostgres();

    /// <summary>True when the program is on this machine.</summary>
    public static bool Has(string program) => Find(program) is not null;

    /// <summary>The program's full path.</summary>
    /// <exception cref="ServerMissingException">It is not on this machine.</exception>
    public static string Require(string program) => Find(program)
        ?? throw new ServerMissingException(
            $"{program} is not installed: bash tests/run.sh --install, or apt-get install {Package(program)}");

    private static string Package(string program) => program == Postgres ? "postgresql" : Path.GetFileName(program);

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
