using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace RedPacket.Servers;

/// <summary>
/// A private RabbitMQ node with a name, ports and a private folder; up in some 5 s, so many tests share one.
/// </summary>
public partial class RabbitServer : IAsyncDisposable
{
    private static readonly byte[] s_greeting = "AMQP\0\0\x09\x01"u8.ToArray();
    private readonly Folder _folder = new("rabbit");
    private readonly int _distributionPort = Ports.Free();
    private ServerProcess? _process;

    /// <summary>The AMQP port, the same over restarts.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>Its process id.</summary>
    public int Id => Running.Id;

    /// <summary><c>amqp://…</c>, user guest, virtual host /.</summary>
    public string ConnectionString
    {
        get
        {
            Installed.Require(Installed.RabbitMq);
            return string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{Port}/");
        }
    }

    private string Node => string.Create(CultureInfo.InvariantCulture, $"redpacket-{Port}@localhost");

    /// <summary>Starts the node on what its folder holds.</summary>
    public async Task Start()
    {
        await File.WriteAllTextAsync(_folder.File("enabled_plugins"), "[].\n");
        await File.WriteAllTextAsync(_folder.File("rabbitmq.conf"), "log.console = false\nvm_memory_high_watermark.absolute = 512MB\n");
        _process = ServerProcess.Start(Installed.Require(Installed.RabbitMq), [], _folder.Root, Settings());
        await Greets();
    }

    /// <summary>
    /// Stops the broker and leaves its node up (<c>rabbitmqctl stop_app</c>): every connection is closed, no port is
    /// open, queues stay.
    /// </summary>
    public Task StopApp() => Evaluate("ok = rabbit:stop().");

    /// <summary>The broker back (<c>rabbitmqctl start_app</c>).</summary>
    public async Task StartApp()
    {
        await Evaluate("ok = rabbit:start().");
        await Greets();
    }

    /// <summary>The whole node stopped by kill -9 and started again with the same data.</summary>
    public async Task Restart()
    {
        await Kill();
        await Start();
    }

    /// <summary>The whole node stopped by kill -9.</summary>
    public async Task Kill()
    {
        await Running.Kill();
        Running.Dispose();
        _process = null;
    }

    /// <summary>Everything in the queue thrown away, as by a broker that lost its disk.</summary>
    public Task Purge(string queue) => Evaluate($"{Lookup(queue)}, rabbit_amqqueue:purge(Queue).");

    /// <summary>The queue itself thrown away.</summary>
    public Task Delete(string queue) =>
        Evaluate($"{Lookup(queue)}, rabbit_amqqueue:delete(Queue, false, false, <<\"drills\">>).");

    /// <summary>Every queue thrown away, so that one test's messages are not the next one's.</summary>
    public Task DeleteAll() => Evaluate(
        "[rabbit_amqqueue:delete(Q, false, false, <<\"drills\">>) || Q <- rabbit_amqqueue:list(<<\"/\">>)].");

    /// <summary>Queues by name with the number of messages in them (ready and unacknowledged).</summary>
    public async Task<IReadOnlyDictionary<string, long>> Queues()
    {
        var queues = await Evaluate("""
            [{binary_to_list(Name), Messages} ||
                [{name, {resource, _, _, Name}}, {messages, Messages}] <- rabbit_amqqueue:info_all(<<"/">>, [name, messages])].
            """);
        return QueueAndMessages().Matches(queues).ToDictionary(
            match => match.Groups[1].Value, match => long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    /// <summary>SIGSTOP of the node: connected, silent.</summary>
    public void Pause() => Running.Pause();

    /// <summary>SIGCONT.</summary>
    public void Resume() => Running.Resume();

    /// <summary>The log of the node.</summary>
    public string Log => string.Concat(Directory.GetFiles(_folder.File("log"), "*.log").Select(File.ReadAllText));

    /// <summary>
    /// How long a consumer may hold a message before the node closes its channel, and how often the node looks. Both
    /// hold for channels opened from now on. The second has no place in <c>rabbitmq.conf</c>.
    /// </summary>
    public Task SetConsumerTimeout(TimeSpan timeout, TimeSpan look) => Evaluate(string.Create(CultureInfo.InvariantCulture, $"""
        application:set_env(rabbit, consumer_timeout, {timeout.TotalMilliseconds:0}),
        application:set_env(rabbit, channel_tick_interval, {look.TotalMilliseconds:0}).
        """));

    /// <summary>The node's own values: half an hour, checked every minute.</summary>
    public Task ResetConsumerTimeout() => SetConsumerTimeout(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(1));

    /// <summary>
    /// Evaluates Erlang on the node, by Erlang's own <c>erl_call</c>, and returns the last value as Erlang prints it. A
    /// <c>rabbitmqctl</c> starts an Erlang machine for each command: a hundred times the processor time.
    /// </summary>
    public async Task<string> Evaluate(string expressions)
    {
        Installed.Require(Installed.RabbitMq);
        var (code, output) = await ServerProcess.Run(
            "erl_call", ["-sname", Node, "-e"], _folder.Root, Settings(), $"{expressions}\n");
        return code == 0 && output.StartsWith("{ok, ", StringComparison.Ordinal)
            ? output
            : throw new InvalidOperationException($"{expressions} ended with {code}: {output}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.Kill();
            _process.Dispose();
        }
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private static string Lookup(string queue) =>
        $"{{ok, Queue}} = rabbit_amqqueue:lookup({{resource, <<\"/\">>, queue, <<\"{queue}\">>}})";

    [GeneratedRegex("""\{"([^"]+)", (\d+)\}""")]
    private static partial Regex QueueAndMessages();

    private ServerProcess Running => _process ?? throw new InvalidOperationException("RabbitMQ is not running");

    private Dictionary<string, string?> Settings() => new()
    {
        ["HOME"] = _folder.Root,
        ["RABBITMQ_NODENAME"] = Node,
        ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODE_PORT"] = Port.ToString(CultureInfo.InvariantCulture),
        ["RABBITMQ_DIST_PORT"] = _distributionPort.ToString(CultureInfo.InvariantCulture),
        ["RABBITMQ_MNESIA_BASE"] = _folder.File("mnesia"),
        ["RABBITMQ_LOG_BASE"] = _folder.File("log"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = _folder.File("enabled_plugins"),
        ["RABBITMQ_CONFIG_FILE"] = _folder.File("rabbitmq.conf"),
        ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
        // One scheduler that does not spin: the tests share the machine's cores.
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+S 1:1 +sbwt none",
        ["LANG"] = "C.UTF-8",
    };

    private async Task Greets()
    {
        await Eventually.Holds(async () => Running.HasExited || await Greet(), what: $"RabbitMQ answers on port {Port}");
        if (Running.HasExited)
            throw new InvalidOperationException($"RabbitMQ ended with {Running.ExitCode}:\n{Running.Output}");
    }

    private async Task<bool> Greet()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        await client.GetStream().WriteAsync(s_greeting);
        return await client.GetStream().ReadAsync(new byte[1]) == 1;
    }
}
