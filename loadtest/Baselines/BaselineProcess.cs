using System.Diagnostics;
using System.Globalization;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>A peer as a separate process (<c>loadtest/Peers</c>).</summary>
internal sealed class BaselineProcess : Baseline
{
    private static readonly TimeSpan s_pollEvery = TimeSpan.FromMilliseconds(250);
    private readonly Way _way;
    private readonly WayServers _servers;
    private readonly BaselineRows _rows;
    private readonly string _queue = $"grabs-{Guid.NewGuid():N}";
    private readonly string _ledger;
    private readonly CancellationToken _stop;
    private ServerProcess? _process;

    private BaselineProcess(Way way, Folder folder, WayServers servers, CancellationToken stop)
    {
        (_way, _servers, _stop) = (way, servers, stop);
        _ledger = servers.Database ?? folder.File("ledger.db");
        _rows = new BaselineRows(_ledger);
    }

    public override Uri Address { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"));

    public override int ProcessId => _process!.Id;

    /// <summary>Starts the process and waits until it takes grabs.</summary>
    public static async Task<Baseline> Start(Way way, Folder folder, WayServers servers, CancellationToken stop)
    {
        var baseline = new BaselineProcess(way, folder, servers, stop);
        await baseline.Launch();
        return baseline;
    }

    public override async Task Restart()
    {
        await End();
        await Launch();
    }

    public override async Task<bool> Drained(TimeSpan limit)
    {
        if (_servers.Rabbit is not { } rabbit)
            return true;
        var watch = Stopwatch.StartNew();
        var before = -1L;
        while (watch.Elapsed < limit)
        {
            // Asking the broker costs as much as hundreds of messages, so ask only when no new row came. Its count
            // includes unacknowledged messages.
            var rows = _rows.Count();
            if (rows == before && _rows.Waiting(_way) == 0 && (await rabbit.Queues()).GetValueOrDefault(_queue, -1) == 0)
                return true;
            before = rows;
            await Task.Delay(s_pollEvery, CancellationToken.None);
        }
        return false;
    }

    public override IEnumerable<RecordedShare> Rows(PacketIds packets, Callers callers) => _rows.Read(packets, callers);

    public override Task<(string Text, bool IsComplete)> LedgerState(long confirmed, TimeSpan limit)
    {
        var rows = _rows.Count();
        return Task.FromResult(($"{Format.Number(rows)} rows for {Format.Number(confirmed)} confirmed shares", rows == confirmed));
    }

    public override async ValueTask DisposeAsync() => await End();

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
        catch (TargetException exception)
        {
            await _process.Kill();
            throw new TargetException($"'{_way.Key}' did not start: {exception.Message} Its output: {_process.Output}");
        }
    }

    private async Task End()
    {
        await _process!.Kill();
        _process.Dispose();
    }

    private static string Dll => SourceTree.At($"loadtest/Peers/bin/{ServiceProcess.Configuration}/net10.0/RedPacket.Peers.dll");
}
