using System.Diagnostics;
using System.Globalization;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>Baseline (a) or (b) as a separate process.</summary>
internal sealed class BaselineProcess : Baseline
{
    private static readonly TimeSpan s_pollEvery = TimeSpan.FromMilliseconds(250);
    private readonly ServerProcess _process;
    private readonly RabbitServer? _rabbit;
    private readonly string _ledger;
    private readonly string _queue;

    private BaselineProcess(ServerProcess process, Uri address, RabbitServer? rabbit, string ledger, string queue)
    {
        _process = process;
        Address = address;
        _rabbit = rabbit;
        _ledger = ledger;
        _queue = queue;
    }

    public override Uri Address { get; }

    public override int ProcessId => _process.Id;

    /// <summary>Starts the process and waits until it takes grabs.</summary>
    public static async Task<Baseline> Start(string kind, Folder folder, RedisServer redis, RabbitServer? rabbit,
        CancellationToken stop)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"));
        var (ledger, queue) = (folder.File("ledger.db"), $"grabs-{Guid.NewGuid():N}");
        List<string> arguments =
        [
            typeof(BaselineProcess).Assembly.Location, "way", kind, "--urls", address.AbsoluteUri.TrimEnd('/'),
            "--redis", redis.ConnectionString, "--ledger", ledger, "--queue", queue,
        ];
        if (rabbit is not null)
            arguments.AddRange(["--rabbitmq", rabbit.ConnectionString]);
        // The default garbage collector of a web program, as in the service.
        var environment = new Dictionary<string, string?> { ["DOTNET_gcServer"] = "1", ["ASPNETCORE_ENVIRONMENT"] = null };
        var process = ServerProcess.Start("dotnet", arguments, AppContext.BaseDirectory, environment);
        var baseline = new BaselineProcess(process, address, rabbit, ledger, queue);
        try
        {
            using var api = new TargetApi(address, address, null);
            await api.Ready(address, TimeSpan.FromSeconds(60), _ => { }, stop);
            return baseline;
        }
        catch (TargetException exception)
        {
            var output = await baseline.LastOutput();
            throw new TargetException($"The baseline '{kind}' did not start: {exception.Message} Its output: {output}");
        }
    }

    public override async Task<bool> Drained(TimeSpan limit)
    {
        if (_rabbit is null)
            return true;
        var watch = Stopwatch.StartNew();
        var before = -1L;
        while (watch.Elapsed < limit)
        {
            // Asking the broker costs as much as hundreds of messages, so ask only when no new row came. Its count
            // includes unacknowledged messages.
            var rows = BaselineRows.Count(_ledger);
            if (rows == before && (await _rabbit.Queues()).GetValueOrDefault(_queue, -1) == 0)
                return true;
            before = rows;
            await Task.Delay(s_pollEvery, CancellationToken.None);
        }
        return false;
    }

    public override IEnumerable<RecordedShare> Rows(PacketIds packets, Callers callers) =>
        BaselineRows.Read(_ledger, packets, callers);

    public override Task<(string Text, bool IsComplete)> LedgerState(long confirmed, TimeSpan limit)
    {
        var rows = BaselineRows.Count(_ledger);
        return Task.FromResult(($"{Format.Number(rows)} rows for {Format.Number(confirmed)} confirmed shares", rows == confirmed));
    }

    public override async ValueTask DisposeAsync()
    {
        await _process.Kill();
        _process.Dispose();
    }

    private async Task<string> LastOutput()
    {
        await _process.Kill();
        var output = _process.Output;
        _process.Dispose();
        return output;
    }
}
