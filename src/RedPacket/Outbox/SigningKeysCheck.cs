using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Outbox;

/// <summary>Checks the keys with which relay and settlement sign and verify messages.</summary>
internal sealed class SigningKeysCheck(IConfiguration configuration, IHostEnvironment environment) : IValidateOptions<OutboxOptions>
{
    public ValidateOptionsResult Validate(string? name, OutboxOptions options)
    {
        string[] mistakes = [.. Mistakes(options)];
        return mistakes.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }

    private IEnumerable<string> Mistakes(OutboxOptions options)
    {
        foreach (var (index, key) in options.SigningKeys.Index().Where(each => each.Item.Length > 0 && SecretKey.Read(each.Item) is null))
            yield return $"Outbox:SigningKeys:{index} is too short: it needs at least {SecretKey.LeastBytes} bytes, for example from "
                + "`openssl rand -base64 32`.";
        if (options.Keys.Count == 0 && !BrokerSettings.Read(configuration).IsInMemory && !environment.IsDevelopment())
            yield return "Anybody who may write to RabbitMQ could move money: set Outbox:SigningKeys:0 (environment: "
                + "Outbox__SigningKeys__0) to one secret of at least 32 bytes in all relay and settle processes.";
    }
}
