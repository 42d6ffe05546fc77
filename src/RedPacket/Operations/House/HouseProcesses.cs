using RedPacket.Packets;

namespace RedPacket.Operations;

/// <summary>A process of the service that is connected to Redis.</summary>
/// <param name="Id">Its process id, which is unique on its host only.</param>
/// <param name="ConnectedSeconds">The age of its oldest connection.</param>
internal sealed record HouseProcess(string Host, int Id, IReadOnlyList<string> Roles, long ConnectedSeconds);

/// <summary>
/// Which processes there are, by the names of Redis's connections. Asking for them takes an admin connection, so the list is
/// kept for five seconds.
/// </summary>
internal sealed class HouseProcesses(IConfiguration configuration, TimeProvider clock, ILogger<HouseProcesses> logger)
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_old = TimeSpan.FromSeconds(10);

    // A server that is away must not hold up the house.
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(750);
    private readonly RedisInspector _inspector = new(configuration.GetConnectionString("Redis") ?? "");
    private readonly Lock _lock = new();
    private Task _asking = Task.CompletedTask;
    private long? _askedAt;
    private volatile Answer? _last;

    /// <summary>By host and id; null when Redis does not tell, as some managed ones do not.</summary>
    public async Task<IReadOnlyList<HouseProcess>?> Read()
    {
        Task asking;
        lock (_lock)
        {
            if (_asking.IsCompleted && (_askedAt is not { } at || clock.GetElapsedTime(at) >= s_fresh))
            {
                _askedAt = clock.GetTimestamp();
                _asking = Ask();
            }
            asking = _asking;
        }
        await Task.WhenAny(asking, Task.Delay(s_limit, clock));
        return _last is { } last && clock.GetElapsedTime(last.At) < s_old ? last.Processes : null;
    }

    /// <summary>One for each process, whatever number of connections it has.</summary>
    internal static IReadOnlyList<HouseProcess> Of(IEnumerable<(string? Name, int AgeSeconds)> connections) =>
    [
        .. from connection in connections
           let name = ProcessName.Read(connection.Name ?? "")
           where name is not null
           group (Name: name, Age: connection.AgeSeconds) by (name.Host, name.Id) into process
           orderby process.Key.Host, process.Key.Id
           select new HouseProcess(process.Key.Host, process.Key.Id, process.First().Name.Roles, process.Max(each => each.Age)),
    ];

    private async Task Ask()
    {
        try
        {
            var connections = await _inspector.Connections();
            var processes = connections is null ? null : Of(connections.Select(each => (each.Name, each.AgeSeconds)));
            _last = new Answer(processes, clock.GetTimestamp());
        }
        catch (Exception untold)
        {
            logger.RedisNotInspected(untold.Message);
            _last = new Answer(null, clock.GetTimestamp());
        }
    }

    private sealed record Answer(IReadOnlyList<HouseProcess>? Processes, long At);
}
