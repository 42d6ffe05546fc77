using System.Text;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.Tests.LoadTool;

/// <summary>
/// The generator against servers with malformed answers. It counts them as failed, keeps a sample, and goes on.
/// </summary>
public sealed class GeneratorTests
{
    private const string Won = """
        {"packetId":"0-a","userId":"load-0","outcome":"won","amountFen":5,"ordinal":1,"grabbedAt":"2026-02-17T00:00:00.000Z"}
        """;

    private readonly PacketIds _packets = new(1, 100, 10_000);
    private readonly GrabRecord _record = new();
    private readonly Failures _failures = new();
    private readonly Meter _meter = new(TimeSpan.FromSeconds(1));

    public GeneratorTests() => _packets.Add(0, "0-a");

    /// <summary>An answer, and a part of the reason.</summary>
    public static TheoryData<string, string> MalformedAnswers => new()
    {
        { "SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not begin with HTTP/1.1" },
        { "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "does not begin with HTTP/1.1" },
        { "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n", "has no status of three digits" },
        { "HTTP/1.1 100 Continue\r\n\r\n", "status 100 is not a final status" },
        { "HTTP/1.1 200 OK\r\n\r\n", "neither Content-Length nor chunks" },
        { "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "Content-Length is not a number" },
        { "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length is not a number" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "two Content-Lengths" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}", "2 bytes more than its Content-Length" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "Content-Length is 99999999999" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "other than chunked" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk's size is not a number" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n", "longer than its size says" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nmore", "bytes after its last chunk" },
        { "HTTP/1.1 200 OK\r\n: nameless\r\nContent-Length: 0\r\n\r\n", "a header field has no name" },
        { Http(""), "not a JSON object|not JSON" },
        { Http("{\"packetId\":"), "the body is not JSON" },
        { Http("[1]"), "not a JSON object" },
        { Http(Won + "{}"), "not JSON|not one JSON object" },
        { Http(Won.Replace("load-0", "load-1")), "for another user" },
        { Http(Won.Replace("0-a", "0-b")), "about another packet" },
        { Http(Won.Replace("\"won\"", "\"lost\"")), "an outcome outside the contract" },
        { Http(Won.Replace(":5,", ":0,")), "won without amountFen" },
        { Http(Won.Replace(":5,", ":5.5,")), "amountFen is not a whole number" },
        { Http(Won.Replace("\"ordinal\":1", "\"ordinal\":101")), "an ordinal above" },
        { Http(Won.Replace("2026-02-17T00:00:00.000Z", "today")), "grabbedAt is not a time" },
        { Http(Won.Replace("\"won\"", "\"emptied\"")), "too late, but with a share" },
        { Http(Won.Replace("\"outcome\"", "\"result\"")), "a field outside the contract: result" },
        { Http("""{"packetId":"0-a","userId":"load-0","outcome":"emptied"}""", "Idempotent-Replayed: true\r\n"), "marked as replayed" },
        { Http("{}", status: "500 Oops"), "status 500" },
        { Http("{}", status: "503 Busy"), "status 503" },
    };

    [Theory]
    [MemberData(nameof(MalformedAnswers))]
    public async Task MalformedAnswer_CountsAsFailedWithASample(string answer, string reason)
    {
        using var server = new NonsenseServer(_ => Encoding.ASCII.GetBytes(answer));
        await Run(server, 3);

        Assert.Equal((3L, 0L), (_meter.Count(RequestOutcome.Failed), _record.Count));
        var failure = Assert.Single(_failures.All);
        Assert.Contains(reason.Split('|'), part => failure.What.Contains(part, StringComparison.Ordinal));
        Assert.Equal(3, failure.Count);
        Assert.DoesNotContain('\n', failure.Sample);
        Assert.Equal(3, _record.Open.Count);
    }

    [Theory]
    [InlineData("", RequestOutcome.Won)]
    [InlineData("Idempotent-Replayed: true\r\n", RequestOutcome.Replayed)]
    [InlineData("idempotent-replayed:  true\r\nx-else: 1\r\n", RequestOutcome.Replayed)]
    [InlineData("Connection: close\r\n", RequestOutcome.Won)]
    internal async Task WonAnswer_IsRecorded(string fields, RequestOutcome outcome)
    {
        using var server = new NonsenseServer(_ => Encoding.ASCII.GetBytes(Http(Won, fields)));
        await Run(server, 5);

        Assert.Empty(_failures.All);
        Assert.Equal((5L, 5L), (_meter.Count(outcome), _record.Count));
        Assert.All(_record.Wins, win => Assert.Equal(new Win(0, 0, 1, 5), win));
    }

    [Fact]
    public async Task AnswerInSeveralChunks_IsOneAnswer()
    {
        var chunks = $"{10:x}\r\n{Won[..10]}\r\n{Won.Length - 10:x}\r\n{Won[10..]}\r\n0\r\n\r\n";
        var text = $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}";
        using var server = new NonsenseServer(_ => Encoding.ASCII.GetBytes(text));
        await Run(server, 5);

        Assert.Empty(_failures.All);
        Assert.Equal(5, _meter.Count(RequestOutcome.Won));
    }

    [Fact]
    public async Task RefusalWithRetryAfter_CountsAsRefusedAndStaysOpen()
    {
        var refusal = Http("""{"code":"outbox_full"}""", "Retry-After: 1\r\n", "503 Service Unavailable");
        using var server = new NonsenseServer(_ => Encoding.ASCII.GetBytes(refusal));
        await Run(server, 4);

        Assert.Equal((4L, 0L), (_meter.Count(RequestOutcome.Refused), _meter.Count(RequestOutcome.Failed)));
        Assert.Equal(4, _record.Open.Count);
    }

    [Fact]
    public async Task ConnectionClosedByServer_IsReopened()
    {
        using var server = new NonsenseServer(_ => null, closes: true);
        await Run(server, 4);

        Assert.Equal(4, _meter.Count(RequestOutcome.Failed));
        Assert.Contains("closed without an answer", Assert.Single(_failures.All).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoAnswer_FailsAfterTheLimitWithItsWaitingTime()
    {
        using var server = new NonsenseServer(_ => null);
        await Run(server, 1, new GeneratorLimits(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(10)));

        Assert.Contains("no answer within 0.3 s", Assert.Single(_failures.All).What, StringComparison.Ordinal);
        Assert.InRange(_meter.Latency.Max, 300_000, 120_000_000);
    }

    [Fact]
    public async Task SilentServer_MakesRequestsOfAnOpenModelLateOrDropped()
    {
        using var server = new NonsenseServer(_ => null);
        var limits = new GeneratorLimits(TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(700));
        using var generator = await Generator.Open([server.Address], 1, limits);
        var (requests, stop) = (Requests(int.MaxValue), TestContext.Current.CancellationToken);
        await generator.Run(requests, Schedule.Rate(100), TimeSpan.FromSeconds(2), _meter, stop);

        // One connection with half a second per request sends about four of the 200 due requests.
        Assert.InRange(_meter.Answers, 1, 8);
        Assert.Equal(200, _meter.Answers + _meter.Dropped);
        Assert.InRange(_meter.Late, _meter.Answers - 1, _meter.Answers);
    }

    [Fact]
    public void Schedules_AreFixedInAdvance()
    {
        var second = System.Diagnostics.Stopwatch.Frequency;
        Assert.Equal([0, second / 4, second / 2], new long[] { 0, 1, 2 }.Select(Schedule.Rate(4).Due));
        Assert.Equal([0, 0, 0, second, second], new long[] { 0, 1, 2, 3, 4 }.Select(Schedule.Waves(3, TimeSpan.FromSeconds(1)).Due));
        Assert.Equal([0, 4, 5], new[] { 0, second, second + 1 }.Select(Schedule.Rate(4).DueBefore));
        Assert.Equal(6, Schedule.Waves(3, TimeSpan.FromSeconds(1)).DueBefore(second + 1));
    }

    private static string Http(string body, string fields = "", string status = "200 OK") =>
        $"HTTP/1.1 {status}\r\n{fields}Content-Length: {body.Length}\r\n\r\n{body}";

    private Limited Requests(int most)
    {
        var grabs = new GrabTraffic(new EvenPattern(1, 1, 1), _packets, Callers.ByHeader(1), _record, _failures, "test");
        return new Limited(grabs, most);
    }

    private async Task Run(NonsenseServer server, int most, GeneratorLimits? limits = null)
    {
        limits ??= new GeneratorLimits(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2));
        using var generator = await Generator.Open([server.Address], 1, limits);
        await generator.Run(Requests(most), Schedule.Closed, TimeSpan.FromMinutes(3), _meter, TestContext.Current.CancellationToken);
    }

    /// <summary>A limited number of requests.</summary>
    private sealed class Limited(RequestSource requests, int most) : RequestSource
    {
        private int _sent;
        private int _ended;

        public override bool IsDone => _ended == most;

        public override bool TryNext(out Request request)
        {
            request = default;
            return _sent < most && ++_sent <= most && requests.TryNext(out request);
        }

        public override int Render(Request request, Span<byte> buffer) => requests.Render(request, buffer);

        public override Effect Answered(Request request, in HttpAnswer answer)
        {
            _ended++;
            return requests.Answered(request, answer);
        }

        public override void Unanswered(Request request, string reason, ReadOnlySpan<byte> received)
        {
            _ended++;
            requests.Unanswered(request, reason, received);
        }
    }
}
