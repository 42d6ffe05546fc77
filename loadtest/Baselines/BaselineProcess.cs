using System.Diagnostics;
using System.Globalization;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>(a) or (b), in a process of its own.</summary>
internal sealed class BaselineProcess : Baseline
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);
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

    /// <summary>Started, and taking grabs.</summary>
    public static async Task<Baseline> Start(string kind, Folder folder, RedisServer redis, RabbitServer? rabbit, CancellationToken stop)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"));
        var (ledger, queue) = (folder.File("ledger.db"), $"grabs-{Guid.NewGuid():N}");
        List<string> arguments =
        [
            typeof(BaselineProcess).Assembly.Location, "way", kind, "--urls", address.AbsoluteUri.TrimEnd('/'), "--redis", redis.ConnectionString, "--ledger", ledger, "--queue", queue,
        ];
        if (rabbit is not null)
            arguments.AddRange(["--rabbitmq", rabbit.ConnectionString]);
        // With the collector that a web program has by default, as the service runs.
        var process = ServerProcess.Start("dotnet", arguments, AppContext.BaseDirectory, new Dictionary<string, string?> { ["DOTNET_gcServer"] = "1", ["ASPNETCORE_ENVIRONMENT"] = null });
        var way = new BaselineProcess(process, address, rabbit, ledger, queue);
        try
        {
            using var api = new TargetApi(address, address, null);
            await api.Ready(TimeSpan.FromSeconds(60), stop);
            return way;
        }
        catch (TargetException exception)
        {
            throw new TargetException($"The way '{kind}' did not start: {exception.Message} {await way.LastWords()}");
        }
    }

    public override async Task<bool> Drained(TimeSpan limit)
    {
        if (_rabbit is null)
            return true;
        var clock = Stopwatch.StartNew();
        var before = -1L;
        while (clock.Elapsed < limit)
        {
            // Asking the broker costs as much as hundreds of messages: only when no row has come for a while. It counts what is in consumers' hands too.
            var rows = BaselineRows.Count(_ledger);
            if (rows == before && (await _rabbit.Queues()).GetValueOrDefault(_queue, -1) == 0)
                return true;
            before = rows;
            await Task.Delay(s_look, CancellationToken.None);
        }
        return false;
    }

    public override IEnumerable<RecordedShare> Rows(PacketIds packets, Callers callers) => BaselineRows.Read(_ledger, packets, callers);

    public override Task<(string Words, bool IsWell)> Books(long told, TimeSpan limit)
    {
        var rows = BaselineRows.Count(_ledger);
        return Task.FromResult(($"{Format.Number(rows)} rows for {Format.Number(told)} told", rows == told));
    }

    public override async ValueTask DisposeAsync()
    {
        await _process.Kill();
        _process.Dispose();
    }

    private async Task<string> LastWords()
    {
        await _process.Kill();
        var words = _process.Output;
        _process.Dispose();
        return words;
    }
}
