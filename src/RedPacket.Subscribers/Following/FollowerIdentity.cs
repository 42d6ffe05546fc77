using System.Net.Http.Headers;
using Microsoft.Extensions.Options;
using RedPacket.Http;
using RedPacket.Http.Identity;

namespace RedPacket.Subscribers.Following;

/// <summary>
/// How the program proves to the service that it is an operator: by the token of the settings, else by one that it signs
/// with the key that both share, else by the headers of the demo.
/// </summary>
internal sealed class FollowerIdentity(IOptions<SubscribersOptions> options, IOptions<JwtOptions> jwt, TimeProvider clock)
{
    private const string Name = "subscriber";
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(5);
    private Signed? _signed;

    public void Prove(HttpRequestHeaders headers)
    {
        if (Token() is { } token)
        {
            headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return;
        }
        headers.Add("X-User-Id", Name);
        headers.Add("X-Role", Caller.Operator);
    }

    private string? Token() =>
        !string.IsNullOrWhiteSpace(options.Value.Token) ? options.Value.Token
        : jwt.Value.SigningKeys.Length > 0 ? OwnToken(jwt.Value, clock.GetUtcNow())
        : null;

    // A new one after half its life: the clocks of two machines differ, and a call takes time.
    private string OwnToken(JwtOptions settings, DateTimeOffset now)
    {
        if (_signed is { } signed && now >= signed.At && now < signed.RenewAt)
            return signed.Token;
        // Half of what is allowed: the service counts from its own clock.
        var allowed = settings.MaxLifetime > TimeSpan.Zero ? settings.MaxLifetime / 2 : s_lifetime;
        var lifetime = allowed < s_lifetime ? allowed : s_lifetime;
        var token = TokenSigner.Sign(new TokenRequest(Name, Caller.Operator, lifetime), settings, now);
        _signed = new Signed(token, now, now + (lifetime / 2));
        return token;
    }

    private sealed record Signed(string Token, DateTimeOffset At, DateTimeOffset RenewAt);
}
