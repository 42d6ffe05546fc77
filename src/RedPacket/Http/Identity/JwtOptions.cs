using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Http.Identity;

/// <summary>
/// Section <c>Jwt</c>: which tokens are valid. Either keys shared with the issuer, or the address of an issuer that
/// publishes its keys.
/// </summary>
[Section(Section)]
internal sealed class JwtOptions
{
    public const string Section = "Jwt";

    /// <summary>
    /// The claim <c>iss</c> of tokens. Tokens of <see cref="Authority"/> may also carry the name that it publishes.
    /// </summary>
    public string Issuer { get; set; } = "redpacket";

    /// <summary>The claim <c>aud</c>.</summary>
    public string Audience { get; set; } = "redpacket";

    /// <summary>
    /// Symmetric keys: base64 of at least 32 bytes, or text of at least 32 bytes (a prefix <c>text:</c> makes it text
    /// in any case). Tokens of all keys are valid; the first key signs.
    /// </summary>
    public string[] SigningKeys { get; set; } = [];

    /// <summary>Address of an OpenID Connect issuer. Its public keys are read at start and then once an hour.</summary>
    public string? Authority { get; set; }

    /// <summary>
    /// Allows an <see cref="Authority"/> without https, for a developer's machine: anybody on the way could sign
    /// tokens.
    /// </summary>
    public bool AllowHttpAuthority { get; set; }

    /// <summary>The claim that names the user: a name, or a path with dots into a claim that is an object.</summary>
    public string UserClaim { get; set; } = Caller.UserClaim;

    /// <summary>The claim that holds the roles: a name, or a path such as <c>realm_access.roles</c>.</summary>
    public string RoleClaim { get; set; } = Caller.RoleClaim;

    /// <summary>The role of operators, as the issuer calls it.</summary>
    public string OperatorRole { get; set; } = Caller.Operator;

    /// <summary>The longest life of a token, from its issue to its end. Zero: any.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.Zero;

    /// <summary>
    /// False for a host that has another scheme (the demo), and for a process that answers no caller. It may start
    /// without keys, and then refuses every token.
    /// </summary>
    public bool Required { get; set; } = true;
}

/// <summary>A service that would refuse every caller does not start, and says which setting is missing.</summary>
internal sealed class JwtCheck(IHostEnvironment environment, IConfiguration configuration) : IValidateOptions<JwtOptions>
{
    /// <summary>The section that <c>dotnet user-jwts</c> writes and ASP.NET Core reads.</summary>
    public const string FrameworkSection = "Authentication:Schemes:Bearer";

    public ValidateOptionsResult Validate(string? name, JwtOptions options)
    {
        string[] mistakes = [.. Mistakes(options)];
        return mistakes.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }

    private IEnumerable<string> Mistakes(JwtOptions options)
    {
        for (var i = 0; i < options.SigningKeys.Length; i++)
            if (SecretKey.Read(options.SigningKeys[i]) is null)
                yield return $"Jwt:SigningKeys:{i} is too short: it takes at least 32 bytes, as base64 or text. "
                    + "`openssl rand -base64 32` makes one.";
        if (options.Authority is { } authority
            && (!Uri.TryCreate(authority, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http")))
            yield return "Jwt:Authority must be the address of an OpenID Connect issuer, for example https://login.example.org.";
        else if (options.Authority is not null && !options.AllowHttpAuthority && new Uri(options.Authority).Scheme == "http")
            yield return "Jwt:Authority must be https. Jwt:AllowHttpAuthority=true allows http on a developer's machine.";
        // The framework would fetch the keys inside a request, and from anywhere.
        foreach (var name in new[] { "Authority", "MetadataAddress" })
            if (!string.IsNullOrEmpty(configuration[$"{FrameworkSection}:{name}"]))
                yield return $"{FrameworkSection}:{name} is not supported. Set Jwt:Authority to the address of the issuer.";
        foreach (var (name, value) in new[] { ("Issuer", options.Issuer), ("Audience", options.Audience),
            ("UserClaim", options.UserClaim), ("RoleClaim", options.RoleClaim), ("OperatorRole", options.OperatorRole) })
            if (string.IsNullOrWhiteSpace(value))
                yield return $"Jwt:{name} must not be empty.";
        var configured =
            options.SigningKeys.Length > 0 || options.Authority is not null || configuration.GetSection(FrameworkSection).Exists();
        if (!configured && options.Required && !environment.IsDevelopment())
            yield return "Nobody could sign in: set Jwt:SigningKeys:0 (environment: Jwt__SigningKeys__0) to a secret of at least "
                + "32 bytes, or Jwt:Authority to an OpenID Connect issuer.";
    }
}
