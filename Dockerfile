# syntax=docker/dockerfile:1

# What browsers load: the portal's libraries and the widget, from the lock files.
FROM node:22-bookworm-slim AS browser
WORKDIR /src
COPY Portal/package.json Portal/package-lock.json Portal/
RUN npm ci --prefix Portal --no-audit --no-fund
COPY Widget/package.json Widget/package-lock.json Widget/
RUN npm ci --prefix Widget --no-audit --no-fund
COPY Portal Portal
COPY Widget Widget
RUN npm run build --prefix Portal
COPY wwwroot-widget wwwroot-widget
RUN npm run build --prefix Widget

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY Portal/Portal.csproj Portal/packages.lock.json Portal/
RUN dotnet restore Portal/Portal.csproj --locked-mode
COPY migrations migrations
COPY docs/n8n docs/n8n
COPY Portal Portal
COPY --from=browser /src/Portal/wwwroot Portal/wwwroot
COPY --from=browser /src/wwwroot-widget wwwroot-widget
RUN dotnet publish Portal/Portal.csproj -c Release --no-restore -p:UseAppHost=false -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
COPY --from=browser /src/wwwroot-widget wwwroot-widget
ENV ASPNETCORE_ENVIRONMENT=Production \
    ASPNETCORE_HTTP_PORTS=8080 \
    DOTNET_EnableDiagnostics=0
USER $APP_UID
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["dotnet", "Portal.dll", "health"]
ENTRYPOINT ["dotnet", "Portal.dll"]
