using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using RedPacket.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Fuzz;

/// <summary>
/// Requests by a grammar, over raw connections: several in one write, or one in several writes. No answer is a 500,
/// none is missing, the memory stays flat, and the sums are those of the answers: what was refused changed nothing.
/// </summary>
[Needs("servers")]
public sealed class HttpFuzzTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const int Connections = 4;
    private const long MostGrowth = 64 * 1024 * 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task AnyRequest_IsAnsweredWithoutA500_AndRefusalsChangeNothing()
    {
        var seed = Grammar.DrawnSeed;
        await using var service = await Service.Start(redis, null, "--Logging:LogLevel:Default=None", "--Packets:MaxCount=50");
        var packets = new ConcurrentBag<string> { await service.Send(1000, 50) };
        var tally = new Tally();
        // Code that a first request loads does not count as growth.
        await Drive(service.Port, seed, packets, tally, Grammar.Count(1_000));
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await Drive(service.Port, seed + 1, packets, tally, Grammar.Count(10_000));

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        // Other tests share the process, unless somebody fuzzes on purpose.
        Assert.True(grown < MostGrowth || !Grammar.IsLong, $"seed {seed}: memory grew by {grown} bytes");
        var report = await service.Settles();
        // A request whose connection broke may have been executed.
        Assert.True(
            report.Claims.Granted >= tally.Won && report.Claims.Granted <= tally.Won + tally.Unanswered,
            $"seed {seed}: {tally.Won} answers won, {tally.Unanswered} unanswered, {report.Claims.Granted} granted");
        var made = report.Packets!.Open + report.Packets.Emptied + report.Packets.Expired - 1;
        Assert.True(
            made >= tally.Made && made <= tally.Made + tally.Unanswered,
            $"seed {seed}: {tally.Made} answers made a packet, {tally.Unanswered} unanswered, {made} made");
        Assert.True(tally.Won > 100 && tally.Made > 20 && tally.Refused > 1000, $"seed {seed}: {tally}");
    }

    private static Task Drive(int port, int seed, ConcurrentBag<string> packets, Tally tally, int inputs) =>
        Task.WhenAll(Enumerable.Range(0, Connections).Select(connection => Task.Run(async () =>
        {
            var grammar = new Grammar(HashCode.Combine(seed, connection));
            var requests = new RequestGrammar(grammar, packets);
            for (var left = inputs / Connections; left > 0;)
            {
                using var client = new TcpClient { NoDelay = true };
                await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
                var stream = client.GetStream();
                var reader = new AnswerReader(stream);
                for (var isOpen = true; isOpen && left > 0;)
                {
                    var batch = Enumerable.Range(0, 1 + grammar.Below(6)).Select(_ => requests.Next()).ToList();
                    // A wrong length of a body makes the next request part of it, so it comes last.
                    var lie = batch.FindIndex(request => request.EndsTheConnection);
                    if (lie >= 0)
                        batch.RemoveRange(lie + 1, batch.Count - lie - 1);
                    left -= batch.Count;
                    isOpen = await Exchange(stream, reader, grammar, batch, tally, packets) && lie < 0;
                }
            }
        })));

    private static async Task<bool> Exchange(
        NetworkStream stream, AnswerReader reader, Grammar grammar, List<RawRequest> batch, Tally tally, ConcurrentBag<string> packets)
    {
        var answered = 0;
        var where = $"seed {grammar.Seed}: {string.Join("\n---\n", batch.Select(request => request.Text))}";
        try
        {
            using var patience = new CancellationTokenSource(s_patience);
            await Write(stream, grammar, Encoding.Latin1.GetBytes(string.Concat(batch.Select(request => request.Text))), patience.Token);
            if (batch[^1].EndsTheConnection)
                stream.Socket.Shutdown(SocketShutdown.Send);
            foreach (var request in batch)
            {
                if (await reader.Next(request.IsHead, patience.Token) is not { } answer)
                    break;
                answered++;
                Assert.True(answer.Status is < 500 or 503 or 505, $"{answer.Status} {answer.Body}\n{where}");
                tally.Count(answer, packets);
                if (answer.Closes)
                    break;
            }
            tally.Miss(batch.Count - answered);
            return answered == batch.Count && !reader.IsClosing;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"no answer within {s_patience}, after {answered} of {batch.Count}\n{where}");
            return false;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            tally.Miss(batch.Count - answered);
            return false;
        }
    }

    private static async Task Write(NetworkStream stream, Grammar grammar, byte[] bytes, CancellationToken cancellation)
    {
        var cuts = grammar.OneIn(4) ? 1 + grammar.Below(4) : 1;
        for (var (at, cut) = (0, 0); at < bytes.Length; cut++)
        {
            var length = cut + 1 >= cuts ? bytes.Length - at : Math.Min(grammar.Below(bytes.Length) + 1, bytes.Length - at);
            await stream.WriteAsync(bytes.AsMemory(at, length), cancellation);
            at += length;
        }
    }

    /// <summary>Counts the answers by their outcome.</summary>
    private sealed record Tally
    {
        private long _won;
        private long _made;
        private long _refused;
        private long _unanswered;

        public long Won => _won;
        public long Made => _made;
        public long Refused => _refused;
        public long Unanswered => _unanswered;

        public void Count(RawAnswer answer, ConcurrentBag<string> packets)
        {
            if (answer.Status >= 400)
                Interlocked.Increment(ref _refused);
            else if (!answer.IsReplay && answer.Body.Contains("\"outcome\":\"won\"", StringComparison.Ordinal))
                Interlocked.Increment(ref _won);
            else if (!answer.IsReplay && answer.Status == 201)
            {
                Interlocked.Increment(ref _made);
                if (packets.Count < 200)
                    packets.Add(answer.Body.Split('"')[3]);
            }
        }

        public void Miss(int count) => Interlocked.Add(ref _unanswered, count);
    }
}
