"""tasks/calibrate"""
