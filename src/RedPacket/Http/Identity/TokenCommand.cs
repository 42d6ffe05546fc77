using System.CommandLine;
using RedPacket.Hosting;

namespace RedPacket.Http.Identity;

/// <summary>
/// <c>RedPacket token --user alice [--role operator] [--minutes 60]</c>: a token for trying things out, signed with the
/// first of the service's own keys. Never in Production: there the issuer that knows the users makes them.
/// </summary>
internal static class TokenCommand
{
    public static Command Create()
    {
        var user = new Option<string>("--user") { Description = "The user's id: the claim sub.", Required = true };
        var role = new Option<string?>("--role") { Description = "A role, for example operator." };
        var minutes = new Option<int>("--minutes") { Description = "Minutes that it is valid, 1 to 10080.", DefaultValueFactory = _ => 60 };
        var key = new Option<string?>("--key") { Description = "The signing key, if the settings (Jwt:SigningKeys:0) do not have it." };
        var environment = new Option<string?>("--environment")
        {
            Description = "The environment, if ASPNETCORE_ENVIRONMENT is not set. Production by default.",
        };
        var command =
            new Command("token", "Make a development token for the API. Refused in Production.") { user, role, minutes, key, environment };
        command.SetAction(parsed =>
        {
            var lifetime = TimeSpan.FromMinutes(parsed.GetValue(minutes));
            var request = new TokenRequest(parsed.GetRequiredValue(user), parsed.GetValue(role), lifetime);
            var settings = Settings(parsed.GetValue(environment), parsed.GetValue(key));
            return Run(request, settings, TimeProvider.System, parsed.InvocationConfiguration);
        });
        return command;
    }

    /// <summary>Prints the token alone and returns 0; or prints one line that says what to do and returns 1.</summary>
    internal static int Run(TokenRequest request, IConfiguration settings, TimeProvider clock,
        InvocationConfiguration streams)
    {
        var (token, refusal) = Mint(request, settings, clock);
        (token is null ? streams.Error : streams.Output).WriteLine(token ?? refusal);
        return token is null ? 1 : 0;
    }

    private static JwtOptions? Read(IConfiguration settings)
    {
        try
        {
            return settings.GetSection(JwtOptions.Section).Get<JwtOptions>() ?? new JwtOptions();
        }
        catch (InvalidOperationException)
        {
            // A value of another type, such as a life that is no duration.
            return null;
        }
    }

    private static (string? Token, string? Refusal) Mint(TokenRequest request, IConfiguration settings,
        TimeProvider clock)
    {
        if (string.Equals(settings["environment"] ?? Environments.Production, Environments.Production, StringComparison.OrdinalIgnoreCase))
            return (null, "This command makes no tokens in Production, which is the default environment. "
                + "Set ASPNETCORE_ENVIRONMENT=Development, or pass --environment Development.");
        if (!UserId.IsValid(request.User))
            return (null, $"--user: a user id has {UserId.Rule}.");
        if (request.Lifetime.TotalMinutes is < 1 or > 10080)
            return (null, "--minutes takes 1 to 10080.");
        if (Read(settings) is not { } options)
            return (null, "A setting of Jwt cannot be read. The service itself says which one when it starts.");
        if (options.SigningKeys.FirstOrDefault() is not { } key)
            return (null, "No signing key: set Jwt__SigningKeys__0 to the service's own key, or pass --key.");
        return SecretKey.Read(key) is not null
            ? (TokenSigner.Sign(request, options, clock.GetUtcNow()), null)
            : (null, "The signing key is too short: it takes at least 32 bytes.");
    }

    /// <summary>
    /// The same sources as the service's, so that both use the same key: appsettings beside the program, the user's
    /// secrets in Development, the environment.
    /// </summary>
    private static IConfiguration Settings(string? environment, string? key)
    {
        environment ??= Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
            ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environments.Production;
        var builder = new ConfigurationBuilder().SetBasePath(AppContext.BaseDirectory)
            .AddJsonFile("appsettings.json", optional: true).AddJsonFile($"appsettings.{environment}.json", optional: true);
        if (environment == Environments.Development)
            builder.AddUserSecrets(typeof(TokenCommand).Assembly, optional: true);
        builder.AddEnvironmentVariables();
        builder.AddInMemoryCollection([new("environment", environment)]);
        if (key is not null)
            builder.AddInMemoryCollection([new($"{JwtOptions.Section}:{nameof(JwtOptions.SigningKeys)}:0", key)]);
        return builder.Build();
    }
}
