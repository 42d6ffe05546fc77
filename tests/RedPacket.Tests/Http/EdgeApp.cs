using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RedPacket.Http;
using RedPacket.Http.Identity;
using StackExchange.Redis;

namespace RedPacket.Tests.Http;

/// <summary>
/// A small service with the real HTTP edge and identity, on Kestrel and a free port. The edge needs no store.
/// </summary>
internal sealed class EdgeApp : IAsyncDisposable
{
    public const string Key = "a key for tests, of more than 32 bytes";

    private readonly WebApplication _app;

    private EdgeApp(WebApplication app, FakeTimeProvider time)
    {
        _app = app;
        Time = time;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Client { get; }

    /// <summary>The clock by which tokens expire.</summary>
    public FakeTimeProvider Time { get; }

    public IServiceProvider Services => _app.Services;

    public static Task<EdgeApp> Start(params (string Name, string Value)[] settings) => Start(_ => { }, settings);

    public static async Task<EdgeApp> Start(Action<IServiceCollection> more, params (string Name, string Value)[] settings)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 2, 17, 0, 0, 0, TimeSpan.Zero));
        var app = Build(settings, services =>
        {
            services.AddSingleton<TimeProvider>(time);
            more(services);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new EdgeApp(app, time);
    }

    /// <summary>Builds without starting, for settings that prevent startup.</summary>
    public static WebApplication Build(
        (string Name, string Value)[] settings, Action<IServiceCollection> more,
        string environment = "Production")
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection([new("urls", "http://127.0.0.1:0"), new("Jwt:SigningKeys:0", Key)]);
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)));
        builder.Logging.ClearProviders();
        more(builder.Services);
        builder.AddHttpEdge();
        builder.Services.AddIdentity(builder.Configuration);
        var app = builder.Build();
        app.UseHttpEdge();
        Map(app);
        return app;
    }

    /// <summary>A token signed with the service's key, valid for an hour by the app's clock.</summary>
    public string Token(
        string? user, string? role = null, TimeSpan? lifetime = null,
        string key = Key, string issuer = "redpacket", string audience = "redpacket",
        TimeSpan issuedAfter = default, string? critical = null)
    {
        var claims = new Dictionary<string, object>();
        if (user is not null)
            claims["sub"] = user;
        if (role is not null)
            claims["role"] = role;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            Issuer = issuer,
            Audience = audience,
            IssuedAt = (Time.GetUtcNow() + issuedAfter).UtcDateTime,
            AdditionalHeaderClaims = critical is null
                ? null
                : new Dictionary<string, object> { ["crit"] = new[] { critical }, [critical] = "x" },
            NotBefore = Time.GetUtcNow().UtcDateTime,
            Expires = (Time.GetUtcNow() + (lifetime ?? TimeSpan.FromHours(1))).UtcDateTime,
            SigningCredentials = new SigningCredentials(
                new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)),
                SecurityAlgorithms.HmacSha256),
        });
    }

    public async Task<EdgeAnswer> Send(
        HttpMethod method, string path, string? token = null, HttpContent? body = null,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value))
                (request.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await EdgeAnswer.Read(response);
    }

    public bool IsStopping => _app.Lifetime.ApplicationStopping.IsCancellationRequested;

    public Task Stop() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/forgotten", () => "nobody said who may call this");
        app.MapGet("/me", (HttpContext context) => context.UserId()).RequireAuthorization();
        app.MapGet("/anybody", (HttpContext context) => context.UserId()).ForAnyUser();
        app.MapGroup("/operators").RequireAuthorization(Caller.Operator)
            .MapGet("/anybody", (HttpContext context) => context.UserId()).ForAnyUser();
        app.MapGet("/operator", () => "operator").RequireAuthorization(Caller.Operator);
        MapOpen(app.MapGroup("").AllowAnonymous());
    }

    private static void MapOpen(RouteGroupBuilder app)
    {
        app.MapGet("/open", () => "open");
        app.MapGet("/health/live", () => "live");
        app.MapGet("/base", (HttpRequest request) => request.PathBase.Value);
        app.MapGet("/address", (HttpContext context) => context.Connection.RemoteIpAddress?.MapToIPv4().ToString());
        app.MapPost("/json", (Thing thing) => thing.Name);
        app.MapPost("/raw", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            return (await reader.ReadToEndAsync()).Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
        });
        app.MapGet("/packets/{packetId}", IResult (string packetId) =>
            packetId.Length > 37
                ? new Problem(400, "packet_id_invalid", "No packet has such an id.")
                : Results.Ok());
        app.MapGet("/fault", string () => throw new InvalidOperationException("a secret of the process"));
        app.MapGet("/redis", string () =>
            throw new RedisConnectionException(
                ConnectionFailureType.UnableToConnect, CommandFlags.None, "redis.internal:6379", null, CommandStatus.Unknown));
    }

    private sealed record Thing(string Name);
}

/// <summary>An answer, read whole.</summary>
internal sealed record EdgeAnswer(int Status, string Body, HttpResponseHeaders Headers, HttpContentHeaders Content)
{
    public static async Task<EdgeAnswer> Read(HttpResponseMessage response) => new((int)response.StatusCode,
        await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers, response.Content.Headers);

    /// <summary>The problem's code; fails when this is no problem, in full, with the status it has.</summary>
    public string Code()
    {
        Assert.Equal("application/problem+json", Content.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(Body);
        Assert.Equal(
            ["type", "title", "status", "detail", "code", "traceId"],
            problem.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(Status, problem.RootElement.GetProperty("status").GetInt32());
        var code = problem.RootElement.GetProperty("code").GetString()!;
        Assert.True(Codes.All.TryGetValue(code, out var known) && known.Status == Status, $"{code} with {Status} is not in Codes");
        return code;
    }
}
