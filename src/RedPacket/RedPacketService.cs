using RedPacket.Gate;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Http.Identity;
using RedPacket.Reports;
using Microsoft.Extensions.Options;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Operations;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Settlement;

namespace RedPacket;

/// <summary>Puts the rooms together, in the order in which the data goes through them.</summary>
internal static class RedPacketService
{
    private const int FewestThreads = 8;

    /// <summary>Runs until it is stopped. What is wrong with settings or surroundings is one line with the remedy and exit code 1.</summary>
    public static async Task<int> Run(string[] args, Action<WebApplicationBuilder>? arrange = null, Action<WebApplication>? map = null,
        string reportPath = "/api/v1/consistency?format=html")
    {
        try
        {
            KeepThreads();
            await using var app = Build(args, arrange);
            map?.Invoke(app);
            await app.StartAsync();
            await Banner.Print(app, reportPath);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception exception) when (Remedy(exception) is { } remedy)
        {
            await Console.Error.WriteLineAsync(remedy);
            return 1;
        }
    }

    /// <summary>The whole program, with the roles that the settings name.</summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? arrange = null)
    {
        // The content root is the program's folder, so that it can be started from anywhere.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true)
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning).AddFilter("MassTransit", LogLevel.Warning)
            // A ledger that is down is an outage that its room reports once; EF Core and Npgsql would report every attempt, with a stack trace.
            .AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None).AddFilter("Npgsql", LogLevel.None);
        builder.Services.AddSingleton(TimeProvider.System);
        arrange?.Invoke(builder);
        AddRooms(builder.Services, builder.Configuration, new ProcessRoles(builder.Configuration));
        builder.AddHttpEdge();
        builder.Services.AddIdentity(builder.Configuration).AddOperations(builder.Configuration);
        var app = builder.Build();
        app.UseHttpEdge();
        MapRooms(app, app.Services.GetRequiredService<ProcessRoles>());
        return app;
    }

    // EF Core compiles a query, and SQLite reads, on a thread of the pool. The pool has one for each processor, and another one only half a second later: on two
    // processors two readers would hold up every answer of Redis.
    private static void KeepThreads()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, FewestThreads), ports);
    }

    private static void AddRooms(IServiceCollection services, IConfiguration configuration, ProcessRoles roles)
    {
        services.AddPackets(configuration).AddOutbox(configuration);
        if (roles.Has(ProcessRoles.Settle) || roles.Has(ProcessRoles.Reconcile))
            services.AddSingleton(rooms => new LedgerCreation(() => rooms.GetRequiredService<PriorLedgerCheck>().WhyNoNewLedger())).AddLedger(configuration);
        else if (roles.Has(ProcessRoles.Grab))
            services.AddLedgerReading(configuration);
        if (roles.Has(ProcessRoles.Grab))
            services.AddPacketCalls().AddGrabs(configuration);
        if (roles.Has(ProcessRoles.Relay))
            services.AddRelay(configuration);
        if (roles.Has(ProcessRoles.Settle))
            services.AddSettlement(configuration);
        if (roles.Has(ProcessRoles.Reconcile))
            services.AddPacketKeeping().AddReconciliation(configuration).AddGateKeeping();
    }

    private static void MapRooms(WebApplication app, ProcessRoles roles)
    {
        if (roles.Has(ProcessRoles.Grab))
        {
            app.MapPackets();
            app.MapGrabs();
        }

        if (roles.Has(ProcessRoles.Reconcile))
            app.MapReconciliation();
        app.MapOperations();
    }

    private static string? Remedy(Exception exception) => exception switch
    {
        OptionsValidationException wrong => $"A setting is wrong: {string.Join(" ", wrong.Failures)}",
        SettingException wrong => wrong.Message,
        // A value that is none of its type: the binder's own words name the setting, the value and the type.
        InvalidOperationException { InnerException: FormatException or ArgumentException } unreadable => $"A setting is wrong: {unreadable.Message}",
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } busy =>
            $"{busy.Message} Stop what listens there, or choose another address with --urls http://localhost:5081.",
        IOException or UnauthorizedAccessException => $"{exception.Message} Check the path and its permissions, or choose another folder.",
        System.Net.Sockets.SocketException socket => $"The address cannot be listened on: {socket.Message}. Choose another with --urls http://localhost:5081.",
        AggregateException { InnerExceptions: [var only] } => Remedy(only),
        _ => null,
    };
}
