using System.Net;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Http;
using RedPacket.Tests.Outbox;

namespace RedPacket.Tests.Http;

/// <summary>The log of refused callers.</summary>
public sealed class CallerRefusalsTests : IDisposable
{
    private const int Refused = 7005;
    private readonly LogLines _lines = new();
    private readonly LoggerFactory _loggers;
    private readonly FakeTimeProvider _clock = new();
    private readonly CallerRefusals _refusals;

    public CallerRefusalsTests()
    {
        _loggers = new LoggerFactory([_lines]);
        _refusals = new CallerRefusals(_clock, _loggers.CreateLogger<CallerRefusals>());
    }

    [Fact]
    public async Task Refusal_IsLoggedWithUserAddressAndCode()
    {
        _refusals.Note(await Answered(EdgeProblems.Forbidden, "mallory"));

        Assert.Contains("Refused caller mallory at - from 203.0.113.9: 403 forbidden, trace ", _lines.Text, StringComparison.Ordinal);
    }

    // The caller quotes the id of the answer, and the operator looks for it in the log.
    [Fact]
    public async Task AnswerAndLogLine_HaveTheSameTrace()
    {
        using var body = new MemoryStream();

        _refusals.Note(await Answered(EdgeProblems.Forbidden, "mallory", body));

        var trace = JsonDocument.Parse(body.ToArray()).RootElement.GetProperty("traceId").GetString();
        Assert.Contains($", trace {trace}", _lines.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyRefusals_AreOneLineASecond_WhichCountsTheOthers()
    {
        for (var i = 0; i < 100; i++)
            _refusals.Note(await Answered(EdgeProblems.Unauthenticated));
        Assert.Equal(1, _lines.Count(Refused));

        _clock.Advance(TimeSpan.FromSeconds(1));
        _refusals.Note(await Answered(EdgeProblems.Unauthenticated));

        Assert.Equal(2, _lines.Count(Refused));
        Assert.EndsWith("99 more since the last line", _lines.Text.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UserThatIsNoUserId_IsNotWritten()
    {
        _refusals.Note(await Answered(EdgeProblems.Forbidden, "line\nbreak"));

        Assert.Contains("Refused caller - at", _lines.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherAnswers_AreNotLogged()
    {
        _refusals.Note(await Answered(EdgeProblems.PacketUnknown));
        _refusals.Note(new DefaultHttpContext());

        Assert.Equal(0, _lines.Count(Refused));
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _lines.Dispose();
    }

    private static async Task<HttpContext> Answered(Problem problem, string? user = null, Stream? body = null)
    {
        var context = new DefaultHttpContext();
        context.Response.Body = body ?? Stream.Null;
        context.Connection.RemoteIpAddress = IPAddress.Parse("203.0.113.9");
        if (user is not null)
            context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", user)], "test"));
        await problem.ExecuteAsync(context);
        return context;
    }
}
