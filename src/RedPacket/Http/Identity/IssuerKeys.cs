using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using RedPacket.Hosting;

namespace RedPacket.Http.Identity;

/// <summary>How the issuer is.</summary>
/// <param name="ReadAt">When its keys were last read; null: never.</param>
/// <param name="Reason">Why they could not be read lately; null when they could.</param>
internal sealed record IssuerState(DateTimeOffset? ReadAt, string? Reason);

/// <summary>
/// The public keys of <c>Jwt:Authority</c>. They are read in the background, never inside a request, and kept while the
/// issuer is away.
/// </summary>
internal sealed class IssuerKeys(IOptions<JwtOptions> jwt, TimeProvider clock, ILogger<IssuerKeys> logger)
    : BackgroundService, IConfigurationManager<OpenIdConnectConfiguration>
{
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_readEvery = TimeSpan.FromHours(1);

    /// <summary>
    /// An unknown key asks for a reading, but only this long after a good one: anybody can name an unknown key.
    /// </summary>
    private static readonly TimeSpan s_readAgainAfter = TimeSpan.FromSeconds(30);

    /// <summary>The start waits this long for the first reading.</summary>
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(5);
    private readonly Backoff _pauses = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), clock);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private volatile OpenIdConnectConfiguration _keys = new();
    private volatile IssuerState _state = new(null, null);
    private DateTimeOffset _dueAt;
    private volatile bool _wanted;

    /// <summary>Null without an authority.</summary>
    public IssuerState? State => jwt.Value.Authority is null ? null : _state;

    /// <summary>
    /// True for a token that the issuer may have signed with a key that this process could not read. It is neither
    /// valid nor invalid.
    /// </summary>
    public bool CannotJudge(Exception failure) =>
        State is { } state && (state.ReadAt is null || state.Reason is not null)
        && failure is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidIssuerException;

    /// <summary>The keys as last read; none before the first reading.</summary>
    public Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel) => Task.FromResult(_keys);

    /// <summary>Called by the framework for a token with an unknown key.</summary>
    public void RequestRefresh() => _wanted = true;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (jwt.Value.Authority is null)
            return;
        try
        {
            await Read(cancellationToken).WaitAsync(s_startLimit, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The background reads on. Until then readiness says so.
        }
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Loop(clock, _ => false, _ => { }).Run(s_round, ReadIfDue, stoppingToken);

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    private async Task ReadIfDue(CancellationToken stopping)
    {
        var now = clock.GetUtcNow();
        // While the issuer is away, its pauses count, and not the tokens with keys that nobody knows.
        if (now >= _dueAt || (_wanted && _state.Reason is null && now >= _state.ReadAt + s_readAgainAfter))
            await Read(stopping);
    }

    private async Task Read(CancellationToken cancellation)
    {
        var authority = jwt.Value.Authority!.TrimEnd('/');
        _wanted = false;
        try
        {
            var documents = new HttpDocumentRetriever(_http) { RequireHttps = !jwt.Value.AllowHttpAuthority };
            var keys = await OpenIdConnectConfigurationRetriever.GetAsync(
                $"{authority}/.well-known/openid-configuration", documents, cancellation);
            if (keys.SigningKeys.Count == 0 || string.IsNullOrEmpty(keys.Issuer))
                throw new InvalidDataException("The answer has no issuer or no keys.");
            _keys = keys;
            if (_state is { ReadAt: null } or { Reason: not null })
                logger.IssuerRead(authority, keys.SigningKeys.Count);
            _state = new IssuerState(clock.GetUtcNow(), null);
            _dueAt = clock.GetUtcNow() + s_readEvery;
            _pauses.Reset();
        }
        // A foreign server may answer anything: a page, half a document, a redirect, another host's certificate.
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            var reason = (exception.InnerException ?? exception).Message;
            if (_state.Reason is null)
                logger.IssuerUnread(authority, reason);
            _state = _state with { Reason = reason };
            _dueAt = clock.GetUtcNow() + _pauses.Failed();
        }
    }
}
