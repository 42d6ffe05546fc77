using System.Globalization;

namespace RedPacket.Servers;

/// <summary>
/// HAProxy before some nodes. It keeps its connections to them open and shares them among all clients. It sends nothing
/// again that a node may have seen. A node that is slow to answer a check is well: the machine may be busy.
/// </summary>
public sealed class ProxyServer(params Uri[] nodes) : IDisposable
{
    /// <summary>The header of an answer that names the node: <c>node0</c> for the first.</summary>
    public const string Node = "X-Node";

    private readonly Folder _folder = new("proxy");
    private ServerProcess? _process;

    /// <summary>Where clients connect.</summary>
    public Uri Address { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"));

    /// <summary>Starts it and waits until a node answers through it.</summary>
    public async Task Start()
    {
        var program = Installed.Require(Installed.Proxy);
        var lines = nodes.Select((node, number) => string.Create(
            CultureInfo.InvariantCulture, $"  server node{number} {node.Authority} check"));
        await File.WriteAllTextAsync(_folder.File("haproxy.cfg"), $"""
            defaults
              mode http
              timeout connect 5s
              timeout client 60s
              timeout server 60s
              timeout check 60s
              http-reuse always
              option redispatch
              default-server inter 200ms fall 1 rise 1
            listen house
              bind {Address.Authority}
              balance roundrobin
              option httpchk GET /health/ready
              http-response set-header {Node} %s
            {string.Join('\n', lines)}

            """);
        _process = ServerProcess.Start(program, ["-db", "-f", _folder.File("haproxy.cfg")], _folder.Root);
        using var client = new HttpClient { BaseAddress = Address };
        await Eventually.Holds(async () => _process.HasExited || await Answers(client), what: "a node answers through HAProxy");
        if (_process.HasExited)
            throw new InvalidOperationException($"HAProxy ended with {_process.ExitCode}:\n{_process.Output}");
    }

    public void Dispose()
    {
        _process?.Dispose();
        _folder.Dispose();
    }

    private static async Task<bool> Answers(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
