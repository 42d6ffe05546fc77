using System.Diagnostics;
using System.Globalization;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Ways;

/// <summary>A peer as a process (<c>loadtest/Peers</c>).</summary>
internal sealed class PeerProcess : StartedWay
{
    // Counting rows costs as much as hundreds of grabs.
    private static readonly TimeSpan s_pollEvery = TimeSpan.FromSeconds(0.5);
    private static readonly HttpClient s_client = new();
    private readonly Way _way;
    private readonly WayServers _servers;
    private readonly PeerRows _rows;
    private readonly string _queue = $"grabs-{Guid.NewGuid():N}";
    private readonly string _ledger;
    private readonly CancellationToken _stop;
    private ServerProcess? _process;

    private PeerProcess(Way way, Folder folder, WayServers servers, CancellationToken stop)
    {
        (_way, _servers, _stop) = (way, servers, stop);
        _ledger = servers.Database ?? folder.File("ledger.db");
        _rows = new PeerRows(_ledger);
    }

    public override Uri Address { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"));

    public override int ProcessId => _process!.Id;

    /// <summary>Starts the process and waits until it takes grabs.</summary>
    public static async Task<StartedWay> Start(Way way, Folder folder, WayServers servers, CancellationToken stop)
    {
        var peer = new PeerProcess(way, folder, servers, stop);
        await peer.Launch();
        return peer;
    }

    public override async Task Restart(TimeSpan down)
    {
        await DisposeAsync();
        await Task.Delay(down);
        await Launch();
    }

    // Twice in a row: a message may leave the broker for a table while both are asked.
    public override async Task<bool> Drained(TimeSpan limit, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        var (before, quiet) = (-1L, 0);
        while (watch.Elapsed < limit && !stop.IsCancellationRequested)
        {
            var rows = _rows.Count();
            quiet = rows == before && await Waiting() == 0 ? quiet + 1 : 0;
            if (quiet == 2)
                return true;
            before = rows;
            await Task.Delay(s_pollEvery, CancellationToken.None);
        }
        return false;
    }

    public override IEnumerable<RecordedShare> Rows(PacketIds packets, Callers callers) => _rows.Read(packets, callers);

    public override Task<(string Text, bool IsComplete)> LedgerState(MoneyCheck check, TimeSpan limit) => Task.FromResult((
        $"{Format.Number(check.Recorded)} rows for {Format.Number(check.Won)} confirmed shares", check.Recorded == check.Won));

    public override async ValueTask DisposeAsync()
    {
        await _process!.Kill();
        _process.Dispose();
    }

    // Grabs that are under way, and messages in its tables and in the broker, unacknowledged ones too.
    private async Task<long> Waiting() =>
        long.Parse(await s_client.GetStringAsync(new Uri(Address, "/in-flight")), CultureInfo.InvariantCulture) + _rows.Waiting(_way)
        + (_servers.Rabbit is { } rabbit ? (await rabbit.Queues()).GetValueOrDefault(_queue, 1) : 0);

    private async Task Launch()
    {
        List<string> arguments =
        [
            Dll, _way.Key, "--urls", Address.AbsoluteUri.TrimEnd('/'), "--ledger", _ledger, "--queue", _queue,
            .. _servers.Redis is { } redis ? ["--redis", redis.ConnectionString] : Array.Empty<string>(),
            .. _servers.Rabbit is { } rabbit ? ["--rabbitmq", rabbit.ConnectionString] : Array.Empty<string>(),
        ];
        _process = ServerProcess.Start("dotnet", arguments, AppContext.BaseDirectory,
            new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = null });
        try
        {
            using var api = new TargetApi(Address, Address, null);
            await api.Ready(Address, TimeSpan.FromSeconds(60), _ => { }, _stop);
        }
        catch (Exception exception)
        {
            await _process.Kill();
            var output = _process.Output;
            _process.Dispose();
            throw exception is TargetException
                ? new TargetException($"'{_way.Key}' did not start: {exception.Message} Its output: {output}")
                : exception;
        }
    }

    private static string Dll => SourceTree.At($"loadtest/Peers/bin/{ServiceProcess.Configuration}/net10.0/RedPacket.Peers.dll");
}
