using MassTransit;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using RedPacket.Operations;
using RedPacket.Outbox;

namespace RedPacket.Demo.Faults;

/// <summary>Faults on demand. All of it lives here: what is deployed does not contain it.</summary>
internal static class FaultsSetup
{
    /// <summary>Call it before the rooms are added: its sender takes the place of theirs.</summary>
    public static void AddFaults(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        StandInTheWay(builder);
        services.AddSingleton<LedgerFile>().AddSingleton<Deliveries>();
        services.AddSingleton(Sender).AddSingleton<RelaySender>(provider => provider.GetRequiredService<FaultySender>());
        var roles = new ProcessRoles(builder.Configuration);
        services.Add<LedgerDown>("ledger-down", roles, ProcessRoles.Settle);
        services.Add<LedgerFailing>("ledger-failing", roles, ProcessRoles.Settle);
        services.Add<BrokerAway>("broker-away", roles, ProcessRoles.Relay);
        services.Add<WorkerHung>("worker-hung", roles, ProcessRoles.Settle);
        services.Add<DeliveriesTwice>("deliveries-twice", roles, ProcessRoles.Relay);
        services.Add<DeliveriesOutOfOrder>("deliveries-out-of-order", roles, ProcessRoles.Relay);
        services.Add<EntryLost>("entry-lost", roles, ProcessRoles.Relay);
        services.Add<ApiKilled>(ApiKilled.Name, roles, ProcessRoles.Grab);
        services.AddSingleton(provider => ProcessRestart.Before() is var (fault, at) && fault is not null
            ? new StoppedBefore(provider.GetServices<Fault>().FirstOrDefault(each => each.Id == fault), at)
            : new StoppedBefore(null, default));
        services.AddSingleton<FaultScheduler>().AddHostedService(provider => provider.GetRequiredService<FaultScheduler>());
        services.AddSingleton(provider => new StagedFaults(provider.GetRequiredService<FaultScheduler>().Shown));
    }

    /// <summary>Puts the deliveries before the consumers. Before the host is started.</summary>
    public static void UseFaults(this WebApplication app) =>
        app.Services.GetService<IBus>()?.ConnectConsumeObserver(app.Services.GetRequiredService<Deliveries>());

    private static void Add<TFault>(this IServiceCollection services, string id, ProcessRoles roles, string role) where TFault : Fault
    {
        if (roles.Has(role))
            services.AddSingleton<Fault, TFault>();
        else
            services.AddSingleton<Fault>(new UnavailableFault(id, role));
    }

    // Highest of all: whoever asks for the broker gets the way through the proxy. Only when asked for: what is measured goes straight.
    private static void StandInTheWay(WebApplicationBuilder builder)
    {
        if (!builder.Configuration.GetValue("Demo:BrokerProxy", false))
            return;
        if (BrokerProxy.To(builder.Configuration.GetConnectionString("RabbitMq")) is not { } proxy)
            return;
        builder.Services.AddSingleton(_ => proxy);
        ((IConfigurationBuilder)builder.Configuration).Add(new MemoryConfigurationSource { InitialData = new Dictionary<string, string?> { ["ConnectionStrings:RabbitMq"] = proxy.Address } });
    }

    private static FaultySender Sender(IServiceProvider provider)
    {
        var broker = BrokerSettings.Read(provider.GetRequiredService<IConfiguration>());
        return new FaultySender(OutboxSetup.Bus(provider, broker), broker, provider.GetRequiredService<IOptions<OutboxOptions>>().Value, provider.GetRequiredService<TimeProvider>());
    }
}

/// <summary>A fault whose place is in another process.</summary>
internal sealed class UnavailableFault(string id, string role) : Fault
{
    public override string Id => id;

    public override string? WhyNot => $"This process does not have the role {role}.";

    public override Task End(bool early) => Task.CompletedTask;

    protected override Task Start(TimeSpan lasts, CancellationToken cancellation) => throw new InvalidOperationException(WhyNot);
}
