using Portal.Accounts;
using Portal.Alerts;
using Portal.Analytics;
using Portal.Api;
using Portal.Audit;
using Portal.Chat;
using Portal.Commands;
using Portal.Data;
using Portal.Deletion;
using Portal.Demos;
using Portal.Hosting;
using Portal.Inbox;
using Portal.Jobs;
using Portal.Keys;
using Portal.Limits;
using Portal.Mail;
using Portal.Pages;
using Portal.Sample;
using Portal.Web;
using Portal.Webhooks;

var builder = WebApplication.CreateBuilder(args);

builder
    .Services.AddHosting(builder.Configuration)
    .AddDatabases() // startup steps run in this order
    .AddKeys()
    .AddJobRunner()
    .AddMail()
    .AddAudit()
    .AddLimits()
    .AddWeb()
    .AddAccounts()
    .AddWebhooks()
    .AddChat()
    .AddDemos()
    .AddAlerts()
    .AddAnalytics()
    .AddDeletion()
    .AddInbox()
    .AddPageConventions()
    .AddApi()
    .AddSample();

return await Command.RunAsync(builder, args)
    ?? await builder.ServeAsync(app =>
    {
        app.UseProxies();
        app.UseWebBeforeRouting();
        app.UseRouting();
        app.UseTokenGuesses();
        app.UseCors();
        app.UseAccounts();
        app.UseReadableForms();
        app.MapWeb();
        app.MapApi();
        app.MapHealth();
        app.MapMetrics();
        app.UseJobSchedule();
    });
