using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace RedPacket.Tests.Http;

/// <summary>
/// A program whose door is besieged: by silent connections up to its limit, by event streams, by long heads, and by
/// somebody who asks for the largest document again and again.
/// </summary>
[Needs("servers")]
public sealed class CrowdedDoorTests
{
    private const int Silent = 8000;
    private const int Streams = 190;
    private const long MostMemory = 600L * 1024 * 1024;
    private static readonly TimeSpan s_quick = TimeSpan.FromSeconds(1);
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // It measures time and memory, and needs ten thousand files, so only --long runs it.
    [Fact, Needs("time")]
    public async Task TenThousandConnections_OperatorsAreAnsweredWithinASecond()
    {
        using var folder = new Folder("crowded");
        var management = new Uri($"http://127.0.0.1:{Ports.Free()}");
        using var demo = ServiceProcess.Demo(folder, new Dictionary<string, string>
        {
            ["management-urls"] = management.AbsoluteUri.TrimEnd('/'),
            ["Http:Connections"] = $"{Silent + Streams + 200}",
        });
        await demo.Start(untilReady: false);
        using var operators = new HttpClient { BaseAddress = management };
        await Eventually.Holds(async () => (await operators.GetAsync("/health/ready", Cancellation)).IsSuccessStatusCode);
        List<Socket> crowd = [];
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        try
        {
            for (var i = 0; i < Streams; i++)
                crowd.Add(await Connect(demo.Address, "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            for (var i = 0; i < Silent; i++)
                crowd.Add(await Connect(demo.Address, ""));
            var readers = Enumerable.Range(0, 8).Select(_ => Ask(demo.Address, enough.Token)).ToArray();

            var slowest = TimeSpan.Zero;
            for (var look = 0; look < 40; look++)
            {
                var started = Stopwatch.GetTimestamp();
                using var answer = await operators.GetAsync("/health/ready", Cancellation);
                Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
                slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
                crowd.Add(await Connect(demo.Address, $"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {new string('x', 30_000)}"));
            }

            await enough.CancelAsync();
            await Task.WhenAll(readers);
            Assert.True(slowest < s_quick, $"the slowest answer took {slowest.TotalSeconds:0.00} s");
            Assert.True(demo.Memory < MostMemory, $"{demo.Memory / 1024 / 1024} MB");
        }
        finally
        {
            crowd.ForEach(socket => socket.Dispose());
        }

        using var later = new HttpClient { BaseAddress = demo.Address };
        await Eventually.Holds(async () => (await later.GetAsync("/health/live", Cancellation)).IsSuccessStatusCode);
    }

    private static async Task<Socket> Connect(Uri address, string text)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port, Cancellation);
        if (text.Length > 0)
            await socket.SendAsync(Encoding.ASCII.GetBytes(text), Cancellation);
        return socket;
    }

    private static async Task Ask(Uri address, CancellationToken enough)
    {
        using var client = new HttpClient { BaseAddress = address };
        while (!enough.IsCancellationRequested)
        {
            using var answer = await client.GetAsync("/openapi/v1.json", CancellationToken.None);
            await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
        }
    }
}
