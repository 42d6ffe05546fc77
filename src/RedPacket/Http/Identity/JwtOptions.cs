using System.Text;
using Microsoft.Extensions.Options;

namespace RedPacket.Http.Identity;

/// <summary>Section <c>Jwt</c>: whose tokens count. Either keys that are shared with the issuer, or the address of an issuer that publishes its keys.</summary>
internal sealed class JwtOptions
{
    public const string Section = "Jwt";

    /// <summary>HS256 wants a key at least as long as its hash.</summary>
    private const int LeastKeyBytes = 32;

    /// <summary>The claim <c>iss</c> of tokens signed with <see cref="SigningKeys"/>. With an authority its own name counts, unless this is set to another.</summary>
    public string Issuer { get; set; } = "redpacket";

    /// <summary>The claim <c>aud</c>.</summary>
    public string Audience { get; set; } = "redpacket";

    /// <summary>Symmetric keys: base64 of at least 32 bytes, or else text of at least 32 bytes (<c>text:</c> before it says that it is text). All are taken, the first one signs.</summary>
    public string[] SigningKeys { get; set; } = [];

    /// <summary>Address of an OpenID Connect issuer, https.</summary>
    public string? Authority { get; set; }

    /// <summary>False for a host with a scheme of its own (the demo): without keys every token is refused then, and that is no error.</summary>
    public bool Required { get; set; } = true;

    /// <summary>The bytes of a key as it is written in the settings; null when they are too few.</summary>
    public static byte[]? ReadKey(string key)
    {
        if (key.StartsWith("text:", StringComparison.Ordinal))
            return Long(Encoding.UTF8.GetBytes(key["text:".Length..]));
        var bytes = new byte[key.Length];
        return Convert.TryFromBase64String(key, bytes, out var length) && length >= LeastKeyBytes ? bytes[..length] : Long(Encoding.UTF8.GetBytes(key));
    }

    private static byte[]? Long(byte[] bytes) => bytes.Length >= LeastKeyBytes ? bytes : null;
}

/// <summary>A service that would refuse everybody does not start, and says which setting is missing.</summary>
internal sealed class JwtCheck(IHostEnvironment environment, IConfiguration configuration) : IValidateOptions<JwtOptions>
{
    /// <summary>Where <c>dotnet user-jwts</c> writes, and where ASP.NET Core itself reads.</summary>
    public const string FrameworkSection = "Authentication:Schemes:Bearer";

    public ValidateOptionsResult Validate(string? name, JwtOptions options)
    {
        for (var i = 0; i < options.SigningKeys.Length; i++)
            if (JwtOptions.ReadKey(options.SigningKeys[i]) is null)
                return ValidateOptionsResult.Fail($"Jwt:SigningKeys:{i} is too short: it takes at least 32 bytes, as base64 or as text. `openssl rand -base64 32` makes one.");
        if (options.Authority is { } authority && (!Uri.TryCreate(authority, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http")))
            return ValidateOptionsResult.Fail("Jwt:Authority has to be the address of an OpenID Connect issuer, for example https://login.example.org.");
        var configured = options.SigningKeys.Length > 0 || options.Authority is not null || configuration.GetSection(FrameworkSection).Exists();
        return configured || !options.Required || environment.IsDevelopment()
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Nobody could sign in: set Jwt:SigningKeys:0 (environment: Jwt__SigningKeys__0) to a secret of at least 32 bytes, "
                + "or Jwt:Authority to an OpenID Connect issuer.");
    }
}
